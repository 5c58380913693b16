"""What may be uploaded (platform contract, "Limits"), one part as it passes, and the ways it is refused."""

from dataclasses import dataclass, field
from typing import NoReturn

from pydantic import JsonValue

from api_gateway import fail
from common.errors.codes import ErrorCode

MULTIPART = "multipart/form-data"
OPERATION = "inspect_upload"
_LONGEST_NAME = 200
MEGABYTE = 1_048_576
ESSAY_EXTENSIONS = frozenset({".docx", ".pdf", ".rtf", ".txt"})
"""How the names of files end that are taken, in any case of letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRules:
    """The bounds of one route's uploads.

    The extension of a file's name decides whether it is taken. The type that it is declared as decides nothing, because
    browsers take it from the machine, and a school's machine calls a good essay anything. Its first bytes are not
    looked at: plain text has no mark of its own, and the File Service, which opens a document, finds out whether it can
    be read.

    Attributes:
        required_fields: names of text fields that must come, not empty, once.
        file_field: the field that carries files; at least one must come, and no other field may carry one.
        max_file_bytes: of one file.
        max_request_bytes: of the whole body, multipart's own lines included.
        max_files: in one request; a file input that was left empty is none.
        max_text_fields: parts that aren't file inputs.
        max_text_bytes: of one of those.
        max_parts: of any kind, empty file inputs too; werkzeug, which reads the body in the File Service, takes 1,000.
        extensions: what names of files may end in, in lower case.
    """

    required_fields: frozenset[str] = frozenset()
    file_field: str = "files"
    max_file_bytes: int = 50 * MEGABYTE
    max_request_bytes: int = 100 * MEGABYTE
    max_files: int = 50
    max_text_fields: int = 20
    max_text_bytes: int = 16_384
    max_parts: int = 1000
    extensions: frozenset[str] = ESSAY_EXTENSIONS


@dataclass(slots=True)
class Part:
    """A part as it passes.

    Attributes:
        name: the form field it belongs to.
        filename: the file's name, None for a text field, empty for a file input that was left empty.
        limit_bytes: how large it may be; an empty file input holds nothing.
        opaque: whether its content need only be counted: a file whose own headers announce no length.
        size: bytes of content so far.
        text: the content of a text field so far; a file's is not kept.
    """

    name: str
    filename: str | None
    limit_bytes: int
    opaque: bool = False
    size: int = 0
    text: bytearray = field(default_factory=bytearray)

    def receive(self, content: bytes) -> None:
        """Take a piece of content, refusing the part when it is too large."""
        self.count(len(content))
        if self.filename is None:
            self.text += content

    def count(self, content_bytes: int) -> None:
        """Count a piece of content, refusing the part when it is too large."""
        self.size += content_bytes
        if self.size <= self.limit_bytes:
            return
        if self.filename is None:
            refuse_text_size(self.name, self.limit_bytes)
        if not self.filename:
            refuse_field(self.name, "contains a file without a name")
        refuse_file_size(self.name, self.filename, self.limit_bytes)


def refuse_not_multipart() -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for the body."""
    raise fail.during(OPERATION).unsupported_media_type(f"The body must be {MULTIPART}.", supported=[MULTIPART])


def refuse_malformed(why: str) -> NoReturn:
    """Raise PARSING_ERROR for a body that isn't sound multipart."""
    raise fail.during(OPERATION).error(ErrorCode.PARSING_ERROR, f"The body is not valid {MULTIPART}: {why}.")


def refuse_request_size(limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for the request."""
    _refuse_too_large(f"The request is larger than {limit_bytes} bytes.", {"limit_bytes": limit_bytes})


def refuse_file_size(field: str, filename: str, limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for one file."""
    _refuse_too_large(
        f"The file {_excerpt(filename)} is larger than {limit_bytes} bytes.",
        {"limit_bytes": limit_bytes, "field": _excerpt(field), "filename": _excerpt(filename)},
    )


def refuse_text_size(field: str, limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for one text field."""
    _refuse_too_large(
        f"The field {_excerpt(field)} is larger than {limit_bytes} bytes.",
        {"limit_bytes": limit_bytes, "field": _excerpt(field)},
    )


def refuse_count(field: str, most: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for too many parts."""
    _refuse_too_large(
        f"At most {most} of {_excerpt(field)} may be sent in one request.",
        {"field": _excerpt(field), "limit_count": most},
    )


def refuse_extension(field: str, filename: str, supported: list[str]) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for a file."""
    raise fail.during(OPERATION).unsupported_media_type(
        f"The name of a file must end in {', '.join(supported[:-1])} or {supported[-1]}.",
        details={"field": _excerpt(field), "filename": _excerpt(filename), "supported_extensions": [*supported]},
    )


def refuse_nested(field: str, declared: str) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for a part that holds parts: what is in them would pass unseen."""
    raise fail.during(OPERATION).unsupported_media_type(
        f"The field {_excerpt(field)} is declared as {_excerpt(declared)}; send each file as a separate part.",
        details={"field": _excerpt(field), "declared_type": _excerpt(declared)},
    )


def refuse_field(field: str, why: str) -> NoReturn:
    """Raise VALIDATION_ERROR for a field that may not come like that."""
    raise fail.during(OPERATION).validation_error(_excerpt(field), f"The field {_excerpt(field)} {why}.")


def refuse_missing(field: str) -> NoReturn:
    """Raise MISSING_REQUIRED_FIELD."""
    raise fail.during(OPERATION).error(
        ErrorCode.MISSING_REQUIRED_FIELD, f"The field {field} is required.", details={"field": field}
    )


def _excerpt(name: str) -> str:
    """Return as much of a name that the caller chose as an error quotes."""
    return name[:_LONGEST_NAME]


def _refuse_too_large(message: str, details: dict[str, JsonValue]) -> NoReturn:
    raise fail.during(OPERATION).error(ErrorCode.PAYLOAD_TOO_LARGE, message, details=details)
