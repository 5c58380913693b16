"""Traces by the OpenTelemetry SDK. Imported only when tracing is on; see :mod:`common.observability.tracing`."""

import asyncio
import threading
from contextlib import suppress
from typing import cast

from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.aiokafka import AIOKafkaInstrumentor
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from yarl import URL

from common import __version__

EXPORT_TIMEOUT_S = 2
CLOSE_WITHIN_S = 5
_TRACEPARENT = b"traceparent"
_SEEN_BY_SPANS = frozenset({b"host", b"user-agent", _TRACEPARENT, b"tracestate"})
_ORIGINAL = "huleedu.scope"


class SdkTracing:
    """Traces through ``processor``; instruments aiohttp's client, aiokafka and redis until closed.

    Args:
        processor: where ended spans go.
        service: the service's name on each span.
        close_within_s: how long closing waits for the collector, in seconds.
    """

    def __init__(self, processor: SpanProcessor, *, service: str, close_within_s: float = CLOSE_WITHIN_S) -> None:
        self._close_within_s = close_within_s
        resource = Resource.create({"service.name": service, "service.version": __version__})
        self.provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.provider.add_span_processor(processor)
        self._libraries = (AioHttpClientInstrumentor(), AIOKafkaInstrumentor(), RedisInstrumentor())
        for library in self._libraries:
            library.instrument(tracer_provider=self.provider, url_filter=_without_query)

    def wrap(self, app: ASGIFramework) -> ASGIFramework:
        """Return ``app`` with one span around each HTTP request.

        The span sees neither the query, which may hold a token, nor most headers, nor a ``traceparent`` sent twice
        (W3C Trace Context section 3.2.1); sockets live for hours and have none. The app sees what was sent.
        """

        async def as_sent(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            await app(cast("dict[str, Scope]", scope)[_ORIGINAL], receive, send)

        middleware = OpenTelemetryMiddleware(
            as_sent,
            default_span_details=lambda scope: (scope["method"], {}),
            exclude_spans=["receive", "send"],
            tracer_provider=self.provider,
        )
        traced = cast("ASGIFramework", middleware)

        async def trace_http(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            if scope["type"] == "http":
                await traced(_for_the_span(scope), receive, send)
            else:
                await app(scope, receive, send)

        return trace_http

    async def close(self) -> None:
        """Send the remaining spans within the time limit, and remove the instrumentation of the libraries."""
        for library in self._libraries:
            library.uninstrument()
        loop = asyncio.get_running_loop()
        closed = asyncio.Event()

        def shut_down() -> None:
            self.provider.shutdown()
            with suppress(RuntimeError):  # the loop didn't wait and is closed
                loop.call_soon_threadsafe(closed.set)

        # Not the loop's executor: the interpreter would wait at its exit for a collector that doesn't answer.
        threading.Thread(target=shut_down, name="tracing-close", daemon=True).start()
        try:
            async with asyncio.timeout(self._close_within_s):
                await closed.wait()
        except TimeoutError:
            return


def start(endpoint: str, *, service: str) -> SdkTracing:
    """Trace this process to the OTLP collector at ``endpoint``."""
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S)
    tracing = SdkTracing(BatchSpanProcessor(exporter), service=service)
    trace.set_tracer_provider(tracing.provider)
    propagate.set_global_textmap(TraceContextTextMapPropagator())  # baggage is a stranger's word: not passed on
    return tracing


def _for_the_span(scope: HTTPScope) -> HTTPScope:
    """Return ``scope`` with no more than the middleware can read: it fails on header bytes that aren't text."""
    headers = [(name, value) for name, value in scope["headers"] if name.lower() in _SEEN_BY_SPANS and value.isascii()]
    if sum(name.lower() == _TRACEPARENT for name, _ in headers) > 1:
        headers = [(name, value) for name, value in headers if name.lower() != _TRACEPARENT]
    return cast("HTTPScope", {**scope, "headers": headers, "query_string": b"", _ORIGINAL: scope})


def _without_query(url: URL) -> str:
    return str(url.with_query(None).with_user(None))
