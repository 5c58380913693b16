"""What is known about one failure."""

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
from common.errors.codes import FAMILIES, AnyErrorCode

CODE_PATTERN = r"^[A-Z][A-Z0-9_]{0,61}[A-Z0-9]$"
"""What a code looks like (Google AIP-193, ErrorInfo.reason); anything else never reaches a header."""

ForeignCode = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]

_BY_VALUE: dict[str, AnyErrorCode] = {code.value: code for family in FAMILIES for code in family}


def known_code(code: str) -> AnyErrorCode | None:
    """Return the member of our families that ``code`` spells, or None for a stranger's code."""
    return _BY_VALUE.get(code)


def _recognised(code: object) -> object:
    if isinstance(code, str) and not isinstance(code, Enum):
        return known_code(code) or code
    return code


def _jsonable(details: object) -> object:
    """Turn UUIDs, dates, enums and the like into JSON: a failure to describe must not hide the failure described."""
    return to_jsonable_python(details, fallback=lambda value: type(value).__name__, bytes_mode="base64")


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


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

    error_code: Annotated[AnyErrorCode | ForeignCode, BeforeValidator(_recognised)]
    message: str
    correlation_id: UUID
    timestamp: Annotated[AwareDatetime, AfterValidator(_in_utc)] = Field(default_factory=lambda: SystemClock().now())
    service: str
    operation: str
    details: Annotated[dict[str, JsonValue], BeforeValidator(_jsonable)] = Field(default_factory=dict)
    stack_trace: str | None = None
    trace_id: str | None = Field(default_factory=_current_trace_id)
    span_id: str | None = Field(default_factory=_current_span_id)
