"""Multipart bodies for tests, good and bad."""

from collections.abc import Iterator

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
DELIMITER = b"--" + BOUNDARY.encode()
END = b"\r\n" + DELIMITER + b"--\r\n"


def text_part(name: str, value: str) -> bytes:
    """Return a text field, without the line break before the next delimiter."""
    return DELIMITER + f'\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def file_part(
    filename: str, content: bytes = b"essay", *, name: str = "files", content_type: str | None = "text/plain"
) -> bytes:
    """Return a file, without the line break before the next delimiter."""
    declared = "" if content_type is None else f"Content-Type: {content_type}\r\n"
    head = f'\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n{declared}\r\n'
    return DELIMITER + head.encode() + content


def raw_part(headers: bytes, content: bytes = b"x") -> bytes:
    """Return a part with just those header lines."""
    return DELIMITER + b"\r\n" + headers + b"\r\n\r\n" + content


def form(*parts: bytes) -> bytes:
    """Return the body of ``parts``."""
    return b"\r\n".join(parts) + END


def upload(*parts: bytes) -> bytes:
    """Return the body of a batch id and ``parts``."""
    return form(text_part("batch_id", "b1"), *parts)


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    """Yield ``body`` in pieces of ``size``."""
    for start in range(0, len(body), size):
        yield body[start : start + size]
