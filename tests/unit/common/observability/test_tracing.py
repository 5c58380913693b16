"""Traces when asked for, nothing when not."""

import asyncio
import subprocess
import sys
import threading
from typing import cast

import pytest
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPScope, Scope
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from common.observability import otlp
from common.observability.tracing import NoTracing, name_server_span, start_tracing, trace_metadata
from tests.support.eventually import PATIENCE_S

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


class Recorder:
    """An ASGI app that remembers the scopes it saw and names its span."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.metadata: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer 204."""
        self.scopes.append(scope)
        self.metadata.append(trace_metadata())
        name_server_span("GET", "/v1/batches/<batch_id>")
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def request(*headers: tuple[bytes, bytes], query: bytes = b"") -> HTTPScope:
    """Return the scope of a GET."""
    scope = {
        "type": "http",
        "asgi": {},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/v1/batches/b1",
        "raw_path": b"/v1/batches/b1",
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 4001),
        "state": {},
        "extensions": {},
    }
    return cast("HTTPScope", scope)


async def played(tracing: otlp.SdkTracing | NoTracing, scope: Scope) -> Recorder:
    """Send one request through a traced app and return the app."""
    app = Recorder()

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(_: ASGISendEvent) -> None:
        return

    await tracing.wrap(app)(scope, cast("ASGIReceiveCallable", receive), send)
    return app


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    """Return the one span that was traced."""
    (span,) = exporter.get_finished_spans()
    return span


async def test_a_request_is_one_span_called_by_its_route(
    tracing: otlp.SdkTracing, exported: InMemorySpanExporter
) -> None:
    """Continuing the caller's trace."""
    await played(tracing, request((b"traceparent", TRACEPARENT.encode())))

    span = only(exported)
    assert span.name == "GET /v1/batches/<batch_id>"
    assert (span.attributes or {})["http.route"] == "/v1/batches/<batch_id>"
    assert span.parent is not None
    assert trace.format_trace_id(span.parent.trace_id) == TRACE_ID


async def test_the_query_never_reaches_a_trace_but_reaches_the_app(
    tracing: otlp.SdkTracing, exported: InMemorySpanExporter
) -> None:
    """It may hold a token, and bytes that aren't UTF-8."""
    scope = request((b"host", b"gateway"), query=b"token=opaque-credential&x=\xff")

    app = await played(tracing, scope)

    assert "opaque-credential" not in only(exported).to_json()
    assert app.scopes == [scope]


async def test_a_socket_has_no_span(tracing: otlp.SdkTracing, exported: InMemorySpanExporter) -> None:
    """It lives for hours."""
    await played(tracing, cast("Scope", {**request(), "type": "websocket"}))

    assert exported.get_finished_spans() == ()


BAD_TRACEPARENTS = [
    pytest.param([b"garbage"], id="garbage"),
    pytest.param([TRACEPARENT.upper().encode()], id="upper case"),
    pytest.param([TRACEPARENT.replace("00-4", "ff-4").encode()], id="version ff"),
    pytest.param([f"{TRACEPARENT}-more".encode()], id="more than version 00 has"),
    pytest.param([f"00-{'0' * 32}-00f067aa0ba902b7-01".encode()], id="no trace"),
    pytest.param([f"00-{TRACE_ID}-{'0' * 16}-01".encode()], id="no span"),
    pytest.param([TRACEPARENT[:-1].encode()], id="too short"),
    pytest.param([TRACEPARENT.encode(), TRACEPARENT.encode()], id="two"),
    pytest.param([b"\xff\xfe"], id="no text"),
]


@pytest.mark.parametrize("values", BAD_TRACEPARENTS)
async def test_a_traceparent_is_taken_strictly(
    tracing: otlp.SdkTracing, exported: InMemorySpanExporter, values: list[bytes]
) -> None:
    """W3C Trace Context section 3.2: else the trace starts here."""
    await played(tracing, request(*((b"traceparent", value) for value in values)))

    assert only(exported).parent is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from([b"host", b"user-agent", b"traceparent", b"tracestate", b"content-length", b"\xff"]),
    value=st.binary(max_size=40),
)
async def test_no_header_makes_tracing_fail(tracing: otlp.SdkTracing, name: bytes, value: bytes) -> None:
    """The request is served whatever the instrumentation thinks of it."""
    app = await played(tracing, request((name, value)))

    assert len(app.scopes) == 1


async def test_the_context_travels_in_envelopes(tracing: otlp.SdkTracing) -> None:
    """What is sent carries the caller's trace."""
    app = await played(tracing, request((b"traceparent", TRACEPARENT.encode())))

    metadata = app.metadata[0]

    assert metadata["traceparent"].split("-")[1] == TRACE_ID


def test_nothing_is_imported_when_tracing_is_off() -> None:
    """Neither the SDK nor an instrumentation costs start-up time or memory."""
    program = "import sys, common.observability.tracing as t; t.start_tracing(None, service='s'); print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert not [name for name in ended.stdout.split() if name.startswith(("opentelemetry.sdk", "opentelemetry.inst"))]


async def test_an_app_that_isnt_traced_stays_as_it_is() -> None:
    """No wrapper, no span, no metadata."""
    tracing = start_tracing(None, service="test-service")
    app = Recorder()

    assert tracing.wrap(app) is app
    assert (await played(NoTracing(), request())).metadata == [{}]
    await tracing.close()


class Stuck(SpanExporter):
    """A collector that doesn't answer until ``gate`` is opened."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def export(self, _: object) -> SpanExportResult:
        """Wait."""
        self.gate.wait()
        return SpanExportResult.SUCCESS


async def test_a_stuck_collector_holds_no_shutdown() -> None:
    """Closing waits as long as it may, then leaves."""
    collector = Stuck()
    tracing = otlp.SdkTracing(BatchSpanProcessor(collector), service="test-service", close_within_s=0.1)
    tracing.provider.get_tracer("test").start_span("a-day").end()

    async with asyncio.timeout(PATIENCE_S):
        await tracing.close()

    assert not collector.gate.is_set()
    collector.gate.set()
