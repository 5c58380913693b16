"""Uploads inspected under rules that are soon broken."""

import pytest

from api_gateway.uploads.inspection import UploadInspection
from api_gateway.uploads.rules import UploadRules
from common.errors.exceptions import HuleEduError
from tests.support.multipart_bodies import (
    CONTENT_TYPE,
    pieces,
)

RULES = UploadRules(
    required_fields=frozenset({"batch_id"}),
    max_file_bytes=1000,
    max_request_bytes=20_000,
    max_files=3,
    max_text_fields=4,
    max_text_bytes=100,
    max_parts=100,
)


SIZES = [1, 7, 64, 1_000_000]


def inspect(body: bytes, size: int = 1_000_000, *, content_type: str | None = CONTENT_TYPE) -> None:
    """Let ``body`` be inspected in pieces of ``size``."""
    inspection = UploadInspection(content_type, None, RULES)
    for piece in pieces(body, size):
        inspection.receive(piece)
    inspection.finish()


def outcome(body: bytes, size: int = 1_000_000, *, content_type: str | None = CONTENT_TYPE) -> str:
    """Return whether ``body`` passes."""
    try:
        inspect(body, size, content_type=content_type)
    except HuleEduError:
        return "refused"
    return "passed"


def refusal(body: bytes, size: int = 1_000_000, *, content_type: str | None = CONTENT_TYPE) -> HuleEduError:
    """Return why ``body`` is refused."""
    with pytest.raises(HuleEduError) as raised:
        inspect(body, size, content_type=content_type)
    return raised.value


def facts(error: HuleEduError) -> tuple[int, str]:
    """Return status and code."""
    return error.status_code, str(error.error_code)
