"""How a failure is remembered, once, at the edge that answers it: on the current span and in the log."""

from http import HTTPStatus

import structlog
from opentelemetry import trace

from common.errors.exceptions import HuleEduError

_log = structlog.get_logger("common.errors")


def record_failure(error: HuleEduError, *, cause: BaseException | None = None, log_stack: bool | None = None) -> None:
    """Put ``error`` on the current OpenTelemetry span and into the log.

    An expected failure is an info line; a 5xx an error line with its cause's name, and a 500, which is
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
