"""Send a large multipart upload over a plain socket, with next to no work on the client's side."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

BOUNDARY = "benchmark-boundary"
CHUNK = b"A teacher's essay, sentence by sentence. " * 1_600
TIMEOUT_S = 120.0


class RefusedError(RuntimeError):
    """The server answered an upload with an error."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart body of files of ``file_bytes`` each, ``total_bytes`` together, sent with ``headers``."""

    total_bytes: int
    file_bytes: int
    headers: Mapping[str, str]


def send(port: int, upload: Upload) -> None:
    """POST ``upload`` to ``/v1/files/batch`` and wait for the answer.

    Raises:
        RefusedError: when the answer isn't 2xx.
    """
    files = [f"essay-{n}.txt" for n in range(upload.total_bytes // upload.file_bytes)]
    opening = _field("batch_id", "b1")
    closing = f"--{BOUNDARY}--\r\n".encode()
    heads = [_file_head(name) for name in files]
    length = len(opening) + len(closing) + sum(len(head) + upload.file_bytes + 2 for head in heads)
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(_request_head(upload.headers, length) + opening)
        for head in heads:
            connection.sendall(head)
            _send_bytes(connection, upload.file_bytes)
            connection.sendall(b"\r\n")
        connection.sendall(closing)
        answer = connection.recv(65_536)
    if not answer.startswith(b"HTTP/1.1 2"):
        raise RefusedError(answer.decode("latin1"))


def _send_bytes(connection: socket.socket, count: int) -> None:
    whole, rest = divmod(count, len(CHUNK))
    for _ in range(whole):
        connection.sendall(CHUNK)
    connection.sendall(CHUNK[:rest])


def _request_head(headers: Mapping[str, str], length: int) -> bytes:
    lines = [
        "POST /v1/files/batch HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {length}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _field(name: str, value: str) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _file_head(filename: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="files"; filename="{filename}"'
    return f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: text/plain\r\n\r\n".encode()
