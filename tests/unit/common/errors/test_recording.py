"""A failure is remembered once: on the span and in the log, as loud as it deserves."""

from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import StatusCode
from structlog.testing import capture_logs
from structlog.typing import EventDict

from common.errors.codes import ErrorCode
from common.errors.detail import ErrorDetail
from common.errors.exceptions import HuleEduError
from common.errors.recording import record_failure

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")


def failure(code: ErrorCode) -> HuleEduError:
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
    ],
)
def test_a_line_tells_the_facts(code: ErrorCode, level: str) -> None:
    """What the client did is quiet, what the platform did is loud."""
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
