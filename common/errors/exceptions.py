"""The one exception that carries a failure to the edge, which records it once: on the current span and in the log."""

from collections.abc import Mapping
from datetime import UTC
from http import HTTPStatus
from typing import Self

import structlog
from opentelemetry import trace
from pydantic import JsonValue

from common.errors.catalogue import entry_for
from common.errors.codes import AnyErrorCode, FeedErrorCode
from common.errors.detail import ErrorDetail

_log = structlog.get_logger("common.errors")


class HuleEduError(Exception):
    """A failure described by an :class:`ErrorDetail`.

    Args:
        error_detail: what failed.
        status_code: the HTTP status when it isn't the catalogue's, as for an upstream's foreign 4xx.
        headers: HTTP headers that belong to the answer (``WWW-Authenticate``, ``Retry-After``, ``Allow``).
    """

    def __init__(
        self,
        error_detail: ErrorDetail,
        *,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error_detail.message)
        self.error_detail = error_detail
        self.status_code = entry_for(error_detail.error_code).status if status_code is None else status_code
        self.headers: Mapping[str, str] = dict(headers or {})

    @property
    def error_code(self) -> AnyErrorCode | str:
        """The failure's code."""
        return self.error_detail.error_code

    @property
    def correlation_id(self) -> str:
        """The request the failure belongs to, as text; ``error_detail.correlation_id`` is the UUID."""
        return str(self.error_detail.correlation_id)

    @property
    def service(self) -> str:
        """The service that failed."""
        return self.error_detail.service

    @property
    def operation(self) -> str:
        """What the service was doing."""
        return self.error_detail.operation

    def add_detail(self, key: str, value: object) -> Self:
        """Return this error with one more detail; this one stays as it is.

        The new error keeps cause and traceback, so ``raise error.add_detail(...)`` loses nothing.
        """
        detail = self.error_detail
        values = dict(detail) | {"details": {**detail.details, key: value}}
        extended = type(self)(ErrorDetail(**values), status_code=self.status_code, headers=self.headers)
        extended.__cause__ = self.__cause__
        return extended.with_traceback(self.__traceback__)

    def to_dict(self) -> dict[str, JsonValue]:
        """Return the contract's body, ``{"error": {...}}``."""
        return {"error": error_object(self.error_detail)}

    def __str__(self) -> str:
        return f"[{self.error_code}] {self.error_detail.message}"

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self} at {self.service}.{self.operation}, correlation id {self.correlation_id}>"
        )


def error_object(detail: ErrorDetail) -> dict[str, JsonValue]:
    """Return what a client gets of ``detail``: the object under ``error`` (platform contract, "Errors")."""
    return {
        "code": str(detail.error_code),
        "message": detail.message,
        "correlation_id": str(detail.correlation_id),
        "service": detail.service,
        "timestamp": detail.timestamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "details": detail.details,
    }


def record_failure(error: HuleEduError, *, cause: BaseException | None = None, log_stack: bool | None = None) -> None:
    """Put ``error`` on the current OpenTelemetry span and into the log.

    An expected failure is an info line, and the end of a connection in a drain a debug line, because ``drain.done``
    counts those; a 5xx an error line with its cause's name, and a 500, which is
    our own fault, with the stack too. Only a 5xx marks the span as failed (OpenTelemetry's HTTP
    conventions for servers).

    Args:
        error: what is answered.
        cause: the exception it was made from, when that wasn't ``error`` itself.
        log_stack: False when the stack has been logged already; by default a 500's is.
    """
    raised = cause or error.__cause__ or error
    _record_on_span(error, raised)
    facts = {
        "error_code": str(error.error_code),
        "status": error.status_code,
        "error_service": error.service,
        "operation": error.operation,
        "correlation_id": str(error.correlation_id),
        "reason": error.error_detail.message,
    }
    if error.error_code == FeedErrorCode.SERVICE_RESTART:
        _log.debug("error.answered", **facts)
        return
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.info("error.answered", **facts)
        return
    facts["cause"] = f"{type(raised).__module__}.{type(raised).__qualname__}"
    if log_stack is None:
        log_stack = error.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    if log_stack:
        _log.error("error.answered", **facts, exc_info=cause or error)
    else:
        _log.error("error.answered", **facts)


def _record_on_span(error: HuleEduError, raised: BaseException) -> None:
    span = trace.get_current_span()
    if not span.is_recording():
        return
    span.record_exception(raised)
    span.set_attribute("error.type", str(error.error_code))
    span.set_attribute("error.code", str(error.error_code))
    span.set_attribute("error.service", error.service)
    span.set_attribute("error.operation", error.operation)
    span.set_attribute("correlation_id", str(error.correlation_id))
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.set_status(trace.StatusCode.ERROR, str(error))
