"""HuleEduError carries a failure, its status and its headers to the edge, which records it once: on span and in log."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import StatusCode
from structlog.testing import capture_logs
from structlog.typing import EventDict

from common.errors.codes import AnyErrorCode, ErrorCode, FeedErrorCode
from common.errors.detail import ErrorDetail
from common.errors.exceptions import HuleEduError, record_failure

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


def failure(code: AnyErrorCode) -> HuleEduError:
    """Return an error of ``code``."""
    return HuleEduError(
        ErrorDetail(error_code=code, message="m", correlation_id=CORRELATION_ID, service="bos", operation="prompt")
    )


def logged(error: HuleEduError, *, cause: BaseException | None = None, log_stack: bool | None = None) -> EventDict:
    """Return the one line that recording ``error`` writes."""
    with capture_logs() as lines:
        record_failure(error, cause=cause, log_stack=log_stack)
    [line] = lines
    return line


def spanned(error: HuleEduError) -> ReadableSpan:
    """Return the span during which ``error`` was recorded."""
    with TracerProvider().get_tracer("test").start_as_current_span("GET") as span:
        record_failure(error)
    assert isinstance(span, ReadableSpan)
    return span


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (ErrorCode.CONFLICT, "info"),
        (ErrorCode.RATE_LIMIT, "info"),
        (ErrorCode.TIMEOUT, "error"),
        (ErrorCode.UNKNOWN_ERROR, "error"),
        (FeedErrorCode.SERVICE_RESTART, "debug"),
    ],
)
def test_a_line_tells_the_facts(code: AnyErrorCode, level: str) -> None:
    """What the client did is quiet, what the platform did is loud, and a drain's ends are counted elsewhere."""
    line = logged(failure(code))

    assert (line["event"], line["log_level"]) == ("error.answered", level)
    assert (line["error_code"], line["error_service"], line["operation"]) == (code, "bos", "prompt")
    assert line["correlation_id"] == str(CORRELATION_ID)


def test_an_upstreams_failure_names_its_cause_without_a_stack() -> None:
    """A timeout is no bug: which exception it was is enough."""
    error = failure(ErrorCode.TIMEOUT)
    error.__cause__ = TimeoutError("hunter2")

    line = logged(error)

    assert line["cause"] == "builtins.TimeoutError"
    assert "exc_info" not in line


def test_our_own_failure_shows_its_stack() -> None:
    """A 500 is a bug, and a bug needs its stack."""
    cause = RuntimeError()

    assert logged(failure(ErrorCode.UNKNOWN_ERROR), cause=cause)["exc_info"] is cause
    assert "exc_info" not in logged(failure(ErrorCode.UNKNOWN_ERROR), cause=cause, log_stack=False)


@pytest.mark.parametrize(
    ("code", "status"),
    [(ErrorCode.CONFLICT, StatusCode.UNSET), (ErrorCode.TIMEOUT, StatusCode.ERROR)],
)
def test_a_span_knows_the_error(code: ErrorCode, status: StatusCode) -> None:
    """The span carries the error's facts and the exception; only a 5xx makes it a failed one."""
    span = spanned(failure(code))

    assert dict(span.attributes or {}) == {
        "error.type": code,
        "error.code": code,
        "error.service": "bos",
        "error.operation": "prompt",
        "correlation_id": str(CORRELATION_ID),
    }
    assert [event.name for event in span.events] == ["exception"]
    assert span.status.status_code is status


def test_without_a_span_nothing_breaks() -> None:
    """Tracing is off unless it is configured."""
    assert logged(failure(ErrorCode.CONFLICT))["event"] == "error.answered"
