"""What the file service accepts as an essay."""

import hashlib
from pathlib import PurePosixPath
from typing import IO

from common.errors.codes import FileValidationErrorCode

CHUNK_BYTES = 1024 * 1024
TOO_SHORT_BYTES = 20
# What a file of the type begins with; a text file may begin with anything.
BEGINNINGS = {".pdf": b"%PDF-", ".docx": b"PK\x03\x04", ".rtf": b"{\\rtf", ".txt": b""}


def fault_of(filename: str, size_bytes: int, beginning: bytes) -> FileValidationErrorCode | None:
    """Return why the file can't be an essay, or None; judged by its name, size and first bytes."""
    expected = BEGINNINGS.get(PurePosixPath(filename).suffix.lower())
    if size_bytes == 0:
        return FileValidationErrorCode.EMPTY_CONTENT
    if expected is None or not beginning.startswith(expected):
        return FileValidationErrorCode.TEXT_EXTRACTION_FAILED
    if size_bytes < TOO_SHORT_BYTES:
        return FileValidationErrorCode.CONTENT_TOO_SHORT
    return None


def measure(stream: IO[bytes]) -> tuple[int, str, bytes]:
    """Return the size in bytes, the SHA-256 in hex and the first bytes of what ``stream`` holds."""
    digest, size, beginning = hashlib.sha256(), 0, b""
    while chunk := stream.read(CHUNK_BYTES):
        beginning = beginning or chunk[:16]
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest(), beginning
