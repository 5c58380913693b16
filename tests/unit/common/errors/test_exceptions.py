"""HuleEduError carries a failure, its status and its headers to whoever answers."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from common.errors.codes import ErrorCode
from common.errors.detail import ErrorDetail
from common.errors.exceptions import HuleEduError

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")
DETAIL = ErrorDetail(
    error_code=ErrorCode.CONFLICT,
    message="The batch is running.",
    correlation_id=CORRELATION_ID,
    timestamp=datetime(2026, 1, 1, 10, 0, 0, 123_456, tzinfo=UTC),
    service="bos",
    operation="prompt",
    details={"batch_id": "b1"},
    stack_trace="Traceback …",
)


def test_it_tells_what_its_detail_tells() -> None:
    """The properties are the detail's, the status the catalogue's."""
    error = HuleEduError(DETAIL)

    assert error.error_code is ErrorCode.CONFLICT
    assert error.correlation_id == str(CORRELATION_ID)
    assert error.error_detail.correlation_id == CORRELATION_ID
    assert error.service == "bos"
    assert error.operation == "prompt"
    assert error.status_code == 409
    assert str(error) == "[CONFLICT] The batch is running."


def test_the_body_is_the_contracts() -> None:
    """The body holds the six facts a client is told, and nothing of the operation, the stack or the trace."""
    assert HuleEduError(DETAIL).to_dict() == {
        "error": {
            "code": "CONFLICT",
            "message": "The batch is running.",
            "correlation_id": str(CORRELATION_ID),
            "service": "bos",
            "timestamp": "2026-01-01T10:00:00.123Z",
            "details": {"batch_id": "b1"},
        }
    }


def test_a_foreign_status_is_kept() -> None:
    """An upstream's 410 stays a 410."""
    assert HuleEduError(DETAIL, status_code=410).status_code == 410


def test_a_detail_is_added_to_a_new_error() -> None:
    """The new error says more, the old one what it said, and nothing else differs."""
    cause = OSError("refused")
    error = HuleEduError(DETAIL, status_code=410, headers={"Retry-After": "1"})
    error.__cause__ = cause

    told = error.add_detail("phase", "nlp")

    assert told.error_detail.details == {"batch_id": "b1", "phase": "nlp"}
    assert error.error_detail.details == {"batch_id": "b1"}
    assert told.error_detail.timestamp == DETAIL.timestamp
    assert (told.status_code, told.headers, told.__cause__) == (410, {"Retry-After": "1"}, cause)


def test_the_traceback_stays_with_the_added_detail() -> None:
    """Raising the fuller error still shows where it came from."""
    with pytest.raises(HuleEduError) as raised:
        raise HuleEduError(DETAIL)

    assert raised.value.add_detail("phase", "nlp").__traceback__ is raised.value.__traceback__
