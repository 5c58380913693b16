"""What may be uploaded (platform contract, "Limits"), one part checked by its headers, and the ways it is refused."""

import re
from dataclasses import dataclass, field
from posixpath import splitext
from typing import NoReturn

from multipart import MultipartSegment
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


_PARAMETER = r"""[ \t]*;[ \t]*(name|filename)=("(?:[^"\\]|\\(?!"))*"|[\w!#$%&'*+.^`|~-]+)"""
_DISPOSITION = re.compile(rf"form-data(?:{_PARAMETER})+[ \t]*", re.ASCII)
_PARAMETERS = re.compile(_PARAMETER, re.ASCII)
_EXTENDED_FILENAME = re.compile(r";[ \t]*filename\*", re.IGNORECASE)
_PLAIN_ENCODINGS = frozenset({"7bit", "8bit", "binary"})


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


def check_headers(segment: MultipartSegment, rules: UploadRules) -> Part:
    """Check the headers of the part that ``segment`` begins, and return the part.

    Raises:
        HuleEduError: its headers are ambiguous, it is a file where none may be, or of a kind that isn't taken.
    """
    _refuse_ambiguous(segment.headerlist)
    name, filename = segment.name or "", segment.filename
    if (segment.content_type or "").startswith("multipart/"):
        refuse_nested(name, segment.content_type or "")
    if filename is None:
        if name == rules.file_field:
            refuse_field(name, "must carry files")
        return Part(name, None, rules.max_text_bytes)
    if not filename:
        return Part(name, filename, limit_bytes=0)
    if name != rules.file_field:
        refuse_field(name, f"may not contain a file; send files in {rules.file_field}")
    if splitext(filename.lower())[1] not in rules.extensions:
        refuse_extension(name, filename, sorted(rules.extensions))
    return Part(name, filename, rules.max_file_bytes, opaque=segment.header("Content-Length") is None)


def _refuse_ambiguous(headers: list[tuple[str, str]]) -> None:
    """Refuse headers that another parser might read in another way (RFC 7578 sections 4.2, 4.7, 4.8)."""
    fields = dict(headers)
    if len(fields) < len(headers):
        refuse_malformed("a part repeats a header")
    disposition = fields.get("Content-Disposition", "")
    parameters = [parameter for parameter, _ in _PARAMETERS.findall(disposition)]
    if not _DISPOSITION.fullmatch(disposition) or len(set(parameters)) < len(parameters) or "name" not in parameters:
        refuse_malformed(_disposition_fault(disposition))
    if fields.get("Content-Transfer-Encoding", "binary").strip().lower() not in _PLAIN_ENCODINGS:
        refuse_malformed("a part has a Content-Transfer-Encoding")


def _disposition_fault(disposition: str) -> str:
    if _EXTENDED_FILENAME.search(disposition):
        return "a part has filename*; send the name of the file as filename, in UTF-8, as browsers do"
    if '\\"' in disposition:
        return 'a name contains \\"; send a double quote within a name as %22, as browsers do'
    return "a part's Content-Disposition must be form-data with one name and at most one filename"


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
