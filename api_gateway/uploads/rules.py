"""What may be uploaded (platform contract, "Limits")."""

from dataclasses import dataclass

MEGABYTE = 1_048_576
ESSAY_EXTENSIONS = frozenset({".docx", ".pdf", ".rtf", ".txt"})
"""How the names of files end that are taken, in any case of letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRules:
    """The bounds of one route's uploads.

    A file is judged by the extension of its name. The type it is declared as decides nothing: browsers take it from
    the machine, and a school's machine calls a good essay anything. Its first bytes are not looked at: plain text has
    no mark of its own, and whether a document can be read is for the File Service to find out, which opens it.

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
