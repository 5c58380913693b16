"""What is known about one failure."""

import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

from opentelemetry import trace
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)
from pydantic_core import to_jsonable_python

from common.clock import SystemClock
from common.correlation import canonical_correlation_id
from common.errors.codes import FAMILIES, AnyErrorCode

CODE_PATTERN = r"^[A-Z][A-Z0-9_]{0,61}[A-Z0-9]$"
"""What a code looks like (Google AIP-193, ErrorInfo.reason); anything else never reaches a header."""

CorrelationId = UUID | str
"""How services hold a correlation id."""

ForeignCode = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]

_BY_VALUE: dict[str, AnyErrorCode] = {code.value: code for family in FAMILIES for code in family}


def known_code(code: str) -> AnyErrorCode | None:
    """Return the member of our families that ``code`` spells, or None for a code of another system."""
    return _BY_VALUE.get(code)


def _recognise(code: object) -> object:
    if isinstance(code, str) and not isinstance(code, Enum):
        return known_code(code) or code
    return code


def jsonable(details: Mapping[str, object]) -> dict[str, JsonValue]:
    """Turn UUIDs, dates, enums and the like into JSON. It never raises, which would hide the described failure."""
    return {str(name): _json_value(value) for name, value in details.items()}


def _jsonable_mapping(details: object) -> object:
    return jsonable(details) if isinstance(details, Mapping) else details


def _json_value(value: object) -> JsonValue:
    try:
        made: JsonValue = to_jsonable_python(value, fallback=lambda part: type(part).__name__, bytes_mode="base64")
    except ValueError:
        # It contains itself, or is nested too deeply.
        return type(value).__name__
    return made


def _canonical(correlation_id: object) -> object:
    return canonical_correlation_id(correlation_id) if isinstance(correlation_id, str) else correlation_id


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # which pydantic would pass on as it is
        message = "UTC has no such moment"
        raise ValueError(message) from None


def _current_trace_id() -> str | None:
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def _current_span_id() -> str | None:
    context = trace.get_current_span().get_span_context()
    return trace.format_span_id(context.span_id) if context.is_valid else None


class ErrorDetail(BaseModel):
    """One failure: what, where, when, and for which request.

    ``message``, ``details``, ``service``, ``correlation_id`` and ``timestamp`` are shown to the client;
    ``operation``, ``stack_trace``, ``trace_id`` and ``span_id`` are for logs alone. ``error_code`` is one of
    ours, or a well-formed code that another service sent (a string).
    """

    model_config = ConfigDict(frozen=True)

    error_code: Annotated[AnyErrorCode | ForeignCode, BeforeValidator(_recognise)]
    message: str
    correlation_id: Annotated[UUID, BeforeValidator(_canonical)]
    timestamp: Annotated[AwareDatetime, AfterValidator(_in_utc)] = Field(default_factory=lambda: SystemClock().now())
    service: str
    operation: str
    details: Annotated[dict[str, JsonValue], BeforeValidator(_jsonable_mapping)] = Field(default_factory=dict)
    stack_trace: str | None = None
    trace_id: str | None = Field(default_factory=_current_trace_id)
    span_id: str | None = Field(default_factory=_current_span_id)


def create_error_detail_with_context(
    error_code: AnyErrorCode | str,
    message: str,
    service: str,
    operation: str,
    correlation_id: CorrelationId | None = None,
    details: Mapping[str, object] | None = None,
    capture_stack: bool = True,
) -> ErrorDetail:
    """Return the detail of a failure that happens now, with the current trace.

    Args:
        error_code: what failed.
        message: one sentence for the client.
        service: the service that failed.
        operation: what it was doing.
        correlation_id: the request's; when None the current context's, or a fresh one. A text that spells no UUID is
            kept in ``details.original_correlation_id``, and the detail gets the UUID that is derived from it.
        details: facts for the client; what isn't JSON is turned into it.
        capture_stack: whether the stack is kept, for logs alone: of the exception being handled, else of the caller.
    """
    canonical = canonical_correlation_id(correlation_id)
    facts = dict(details or {})
    if isinstance(correlation_id, str) and correlation_id and not _spells(canonical, correlation_id):
        facts.setdefault("original_correlation_id", correlation_id)
    return ErrorDetail(
        error_code=error_code,
        message=message,
        correlation_id=canonical,
        service=service,
        operation=operation,
        details=jsonable(facts),
        stack_trace=_current_stack() if capture_stack else None,
    )


def format_error_for_logging(error_detail: ErrorDetail) -> dict[str, str | float | bool | None]:
    """Return the detail as flat facts for a log line: ``error.code``, ``error.details.<name>``, ``trace.id`` and so on.

    The names clash with none of ``logging.LogRecord``'s, so that they can be passed as ``extra``. The stack is not
    among them.
    """
    facts: dict[str, str | float | bool | None] = {
        "error.code": str(error_detail.error_code),
        "error.message": error_detail.message,
        "error.service": error_detail.service,
        "error.operation": error_detail.operation,
        "error.timestamp": error_detail.timestamp.isoformat(),
        "correlation_id": str(error_detail.correlation_id),
    }
    trace_facts: dict[str, str | None] = {"trace.id": error_detail.trace_id, "span.id": error_detail.span_id}
    facts |= {name: fact for name, fact in trace_facts.items() if fact is not None}
    for name, fact in error_detail.details.items():
        facts[f"error.details.{name}"] = str(fact) if isinstance(fact, dict | list) else fact
    return facts


def _spells(canonical: UUID, text: str) -> bool:
    try:
        return UUID(text) == canonical
    except ValueError:
        return False


def _current_stack() -> str:
    """Return the stack of the exception being handled, else of the code that asked for an error."""
    if sys.exception() is not None:
        return traceback.format_exc()
    return "".join(traceback.format_stack()[:-2])
