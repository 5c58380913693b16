"""What is known about a failure is kept exactly, in UTC, and in JSON's types."""

import logging
from datetime import UTC, datetime, timedelta, timezone
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from opentelemetry.sdk.trace import TracerProvider
from pydantic import JsonValue, ValidationError

from common.errors.codes import ErrorCode
from common.errors.detail import (
    ErrorDetail,
    create_error_detail_with_context,
    format_error_for_logging,
    known_code,
)

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")


def detail(**changes: object) -> ErrorDetail:
    """Return a detail with ``changes``."""
    plain: dict[str, object] = {
        "error_code": ErrorCode.CONFLICT,
        "message": "The batch is running.",
        "correlation_id": CORRELATION_ID,
        "service": "bos",
        "operation": "prompt",
    }
    return ErrorDetail.model_validate(plain | changes)


def test_a_detail_is_frozen() -> None:
    """A failure isn't rewritten on its way."""
    with pytest.raises(ValidationError):
        detail().message = "It was nothing."  # type: ignore[misc]


def test_the_time_is_now_and_in_utc() -> None:
    """Without a time given, it is now."""
    made = detail()

    assert timedelta(0) <= datetime.now(UTC) - made.timestamp < timedelta(seconds=5)
    assert made.timestamp.tzinfo is UTC


def test_a_time_from_elsewhere_is_turned_to_utc() -> None:
    """Midnight in Stockholm's summer is ten in the evening UTC."""
    stockholm = timezone(timedelta(hours=2))

    made = detail(timestamp=datetime(2026, 7, 1, tzinfo=stockholm))

    assert made.timestamp.isoformat() == "2026-06-30T22:00:00+00:00"


def test_a_time_without_a_zone_is_refused() -> None:
    """Nobody can tell when that was."""
    with pytest.raises(ValidationError):
        detail(timestamp="2026-07-01T00:00:00")


def test_a_moment_that_utc_lacks_is_refused() -> None:
    """As any other value that doesn't fit."""
    with pytest.raises(ValidationError):
        detail(timestamp="0001-01-01T00:00:00+01:12")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (CORRELATION_ID, str(CORRELATION_ID)),
        (ErrorCode.TIMEOUT, "TIMEOUT"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
        ({1}, [1]),
        (b"\xff", "_w=="),
        (object(), "object"),
    ],
)
def test_details_become_json(value: object, told: JsonValue) -> None:
    """A fact that isn't JSON is told as well as can be: describing a failure never fails."""
    assert detail(details={"fact": value}).details == {"fact": told}


def test_our_codes_are_recognised() -> None:
    """A code that arrives as text becomes the enum's member."""
    assert detail(error_code="TIMEOUT").error_code is ErrorCode.TIMEOUT
    assert known_code("ESSAY_LOCKED") is None


def test_a_well_formed_foreign_code_stays() -> None:
    """A newer service's code passes through."""
    assert detail(error_code="ESSAY_LOCKED").error_code == "ESSAY_LOCKED"


@pytest.mark.parametrize("code", ["", "not a code", "X\r\nSet-Cookie: a=b", "A" * 64, "åäö"])
def test_a_malformed_code_is_refused(code: str) -> None:
    """What stands in a header is never a stranger's free text."""
    with pytest.raises(ValidationError):
        detail(error_code=code)


def test_the_current_span_is_noted() -> None:
    """A failure knows the trace it happened in, and none when there is none."""
    with TracerProvider().get_tracer("test").start_as_current_span("work") as span:
        made = detail()

    assert made.trace_id == f"{span.get_span_context().trace_id:032x}"
    assert made.span_id == f"{span.get_span_context().span_id:016x}"
    assert detail().trace_id is None


def test_what_contains_itself_is_told_by_its_type() -> None:
    """Even such a fact doesn't hide the failure it belongs to."""
    circle: list[object] = []
    circle.append(circle)

    assert detail(details={"fact": circle, "other": 1}).details == {"fact": "list", "other": 1}


def test_any_text_is_a_correlation_id() -> None:
    """A detail is made from every id that services use."""
    assert detail(correlation_id=str(CORRELATION_ID)).correlation_id == CORRELATION_ID
    assert detail(correlation_id="batch 7").correlation_id == uuid5(NAMESPACE_OID, "batch 7")


def test_the_stack_of_the_exception_at_hand_is_kept() -> None:
    """It is the exception's where one is handled, else the caller's, and none when it isn't wanted."""
    plain = create_error_detail_with_context(ErrorCode.TIMEOUT, "m", "s", "o", capture_stack=False)
    try:
        UUID("nonsense")
    except ValueError:
        handled = create_error_detail_with_context(ErrorCode.TIMEOUT, "m", "s", "o")

    assert plain.stack_trace is None
    assert "badly formed hexadecimal" in str(handled.stack_trace)


def test_a_detail_is_logged_as_flat_facts() -> None:
    """The names are the platform's, and can be passed to logging as ``extra``."""
    made = detail(
        details={"count": 2, "names": ["a"], "absent": None},
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        trace_id="0af7651916cd43dd8448eb211c80319c",
    )

    facts = format_error_for_logging(made)

    assert facts == {
        "error.code": "CONFLICT",
        "error.message": "The batch is running.",
        "error.service": "bos",
        "error.operation": "prompt",
        "error.timestamp": "2026-01-01T00:00:00+00:00",
        "correlation_id": str(CORRELATION_ID),
        "trace.id": "0af7651916cd43dd8448eb211c80319c",
        "error.details.count": 2,
        "error.details.names": "['a']",
        "error.details.absent": None,
    }
    logging.getLogger("test").makeRecord("test", logging.INFO, "f", 1, "m", (), None, extra=facts)
