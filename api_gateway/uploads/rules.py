"""What may be uploaded (platform contract, "Limits")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MEGABYTE = 1_048_576
UNKNOWN_TYPE = "application/octet-stream"
"""What browsers declare for a file whose type the machine doesn't know, such as .docx where no Word is installed."""

ESSAY_TYPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        ".pdf": frozenset({"application/pdf", "application/x-pdf"}),
        ".docx": frozenset({"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}),
        ".txt": frozenset({"text/plain"}),
        ".rtf": frozenset({"application/rtf", "text/rtf", "text/richtext", "application/x-rtf", "application/msword"}),
    }
)
"""Which types a file may be declared as, by the extension of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRules:
    """The bounds of one route's uploads.

    A file is judged by its extension and its declared type, which must fit; no declared type, or one that means
    "unknown", fits every extension. Its first bytes are not looked at: plain text has no mark of its own, and whether
    a document can be read is for the File Service to find out, which opens it.

    Attributes:
        required_fields: names of text fields that must come, not empty, once.
        file_field: the field that carries files; at least one must come, and no other field may carry one.
        max_file_bytes: of one file.
        max_request_bytes: of the whole body, multipart's own lines included.
        max_files: in one request.
        max_text_fields: parts that aren't files.
        max_text_bytes: of one of those.
        types: declared types by extension.
    """

    required_fields: frozenset[str] = frozenset()
    file_field: str = "files"
    max_file_bytes: int = 50 * MEGABYTE
    max_request_bytes: int = 100 * MEGABYTE
    max_files: int = 50
    max_text_fields: int = 20
    max_text_bytes: int = 16_384
    types: Mapping[str, frozenset[str]] = field(default_factory=lambda: ESSAY_TYPES)
