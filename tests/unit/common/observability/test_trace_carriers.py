"""How a trace goes on: to upstreams, Redis, Kafka and a collector."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from redis.asyncio import Redis

from common.observability import otlp
from sandbox.kafka_server import KafkaServer
from sandbox.redis_server import RedisServer
from tests.support.servers import unique


async def test_upstream_calls_carry_the_trace_and_no_query(
    tracing: otlp.SdkTracing, exported: InMemorySpanExporter
) -> None:
    """By aiohttp's instrumentation."""
    async with upstream() as server:
        with tracing.provider.get_tracer("test").start_as_current_span("outer"):
            async with ClientSession() as session, session.get(f"{server.url}/x?token=opaque-credential") as response:
                received = await response.text()

    inner = exported.get_finished_spans()[0]
    assert inner.context is not None
    assert received.split("-")[1] == trace.format_trace_id(inner.context.trace_id)
    assert "opaque-credential" not in inner.to_json()


@pytest.mark.usefixtures("tracing")
async def test_redis_commands_are_spans_without_their_values(
    exported: InMemorySpanExporter, valkey: RedisServer
) -> None:
    """By redis' instrumentation."""
    client = Redis.from_url(valkey.url)
    await client.set("traced", "opaque-credential", ex=60)
    await client.aclose()

    (span,) = (span for span in exported.get_finished_spans() if span.name == "SET")
    assert "opaque-credential" not in span.to_json()


@pytest.mark.usefixtures("tracing")
async def test_records_carry_the_trace(exported: InMemorySpanExporter, kafka: KafkaServer) -> None:
    """By aiokafka's instrumentation, from producer to consumer."""
    topic = unique("traced")
    await kafka.create_topics([topic])
    async with (
        AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer,
        AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest") as consumer,
    ):
        await producer.send_and_wait(topic, b"{}", key=b"b1")
        record = await consumer.getone()

    sent = next(span for span in exported.get_finished_spans() if span.kind is trace.SpanKind.PRODUCER)
    assert sent.context is not None
    assert dict(record.headers)["traceparent"].split(b"-")[1].decode() == trace.format_trace_id(sent.context.trace_id)


class Upstream:
    """Answers with the traceparent it was sent, and takes what a collector takes."""

    def __init__(self) -> None:
        self.url = ""
        self.collected: list[bytes] = []

    async def echo(self, request: web.Request) -> web.Response:
        """Answer with the traceparent."""
        return web.Response(text=request.headers.get("traceparent", ""))

    async def collect(self, request: web.Request) -> web.Response:
        """Remember what was exported."""
        self.collected.append(await request.read())
        return web.Response()


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    """Run an upstream for the duration of a block."""
    server = Upstream()
    app = web.Application()
    app.router.add_get("/x", server.echo)
    app.router.add_post("/v1/traces", server.collect)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


PROGRAM = """
import asyncio, sys
from opentelemetry import trace
from common.observability.tracing import start_tracing

async def main():
    tracing = start_tracing(sys.argv[1], service="test-service")
    with trace.get_tracer("test").start_as_current_span("a-day"):
        pass
    await tracing.close()

asyncio.run(main())
"""


async def test_spans_reach_a_configured_collector() -> None:
    """Over OTLP, the last ones when tracing is closed."""
    async with upstream() as collector:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, collector.url)
        assert await process.wait() == 0

    assert b"a-day" in b"".join(collector.collected)
    assert b"test-service" in b"".join(collector.collected)
