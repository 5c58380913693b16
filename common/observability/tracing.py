"""Traces by OpenTelemetry. Without a configured OTLP endpoint nothing is traced, and its SDK isn't imported.

The trace context travels in HTTP and Kafka headers by the instrumentations, and in the ``metadata`` of the envelopes
that we send by :func:`trace_metadata`, for consumers that read it there. A notification is followed by the log
lines of its correlation id, not by a trace.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from hypercorn.typing import ASGIFramework
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACE_FIELDS = ("traceparent", "tracestate")
"""The headers of the W3C trace context."""

_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing(Protocol):
    """Traces one process, or doesn't."""

    def wrap(self, app: ASGIFramework) -> ASGIFramework:
        """Return ``app`` with one span around each HTTP request; put it outside everything else."""
        ...

    async def close(self) -> None:
        """Send the remaining spans, for at most a few seconds, and stop. Close it last, before logging only."""
        ...


class NoTracing:
    """Tracing that costs nothing: the app stays as it is, and no library is touched."""

    def wrap(self, app: ASGIFramework) -> ASGIFramework:
        """Return ``app`` itself."""
        return app

    async def close(self) -> None:
        """Return at once."""


def start_tracing(endpoint: str | None, *, service: str) -> Tracing:
    """Trace this process to ``endpoint`` (OTLP over HTTP, without ``/v1/traces``); not at all when it is None.

    Call it once, before the clients it instruments (aiohttp, aiokafka, redis) are made. Sampling is the SDK's
    (``OTEL_TRACES_SAMPLER``).
    """
    if endpoint is None:
        return NoTracing()
    start: Callable[..., Tracing] = import_module("common.observability.otlp").start
    return start(endpoint, service=service)


def name_server_span(method: str, route: str) -> None:
    """Name the current request's span by its route template, because raw paths are unbounded."""
    span = trace.get_current_span()
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)


def trace_metadata() -> dict[str, str]:
    """Return the current trace context (W3C names) for an envelope's ``metadata``; empty when nothing is traced."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier
