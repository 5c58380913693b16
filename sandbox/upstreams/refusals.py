"""The three shapes in which the platform's services refuse a request."""

from http import HTTPStatus
from typing import NoReturn

from pydantic import JsonValue
from werkzeug.http import http_date

from common.correlation import correlation_id
from sandbox.upstreams.records import now

INTERNAL_ERROR = "Internal server error"
STACK_TRACE = 'Traceback (most recent call last):\n  File "/app/services/simulated.py", line 1, in refuse\n'


class RefusedError(Exception):
    """A service refuses a request with exactly this status and body."""

    def __init__(self, status: int, body: dict[str, JsonValue]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def refuse(status: int, text: str, **beside: JsonValue) -> NoReturn:
    """Raise a refusal of the shape ``{"error": "text"}``, with other members beside it."""
    raise RefusedError(status, {"error": text, **beside})


def crash(text: str = INTERNAL_ERROR, **beside: JsonValue) -> NoReturn:
    """Raise what the services make of bad input that they didn't expect: a plain 500."""
    refuse(HTTPStatus.INTERNAL_SERVER_ERROR, text, **beside)


def refuse_in_detail(
    status: int, code: str, message: str, *, service: str, operation: str, details: dict[str, JsonValue]
) -> NoReturn:
    """Raise a refusal that holds an ErrorDetail as it lies in the service's memory.

    Quart writes its ``timestamp`` as an HTTP date. ``stack_trace`` is filled, as it may be.
    """
    detail: dict[str, JsonValue] = {
        "error_code": code,
        "message": message,
        "correlation_id": str(correlation_id()),
        "timestamp": http_date(now()),
        "service": service,
        "operation": operation,
        "details": details,
        "stack_trace": STACK_TRACE,
        "trace_id": None,
        "span_id": None,
    }
    raise RefusedError(status, {"error": detail})


def refuse_in_format(status: int, code: str, message: str, *, service: str, details: dict[str, JsonValue]) -> NoReturn:
    """Raise a refusal in the edge's own format, which of the services only the teacher BFF has."""
    error: dict[str, JsonValue] = {
        "code": code,
        "message": message,
        "correlation_id": str(correlation_id()),
        "service": service,
        "timestamp": now().isoformat(),
        "details": details,
    }
    raise RefusedError(status, {"error": error})
