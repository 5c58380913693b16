"""A probe is a yes only for a server that is up and says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sandbox.ports import LOOPBACK, free_port
from sandbox.probes import accepts, is_healthy, is_ready, speaks_redis
from sandbox.redis_server import RedisServer


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """Have a server that answers every connection's first bytes with ``answer`` and closes; yields its port."""

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(answer_once, LOOPBACK, 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("answer", "ready"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 200 \r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False),
        (b"", False),
        (b"\x00\x01\n", False),
    ],
)
async def test_only_status_200_is_ready(answer: bytes, *, ready: bool) -> None:
    """Anything else means: not yet."""
    async with answering(answer) as port:
        assert await is_ready(f"http://{LOOPBACK}:{port}/readyz") is ready


@pytest.mark.parametrize(
    ("answer", "healthy"),
    [
        (b'HTTP/1.1 200 OK\r\n\r\n{"status": "healthy"}', True),
        (b'HTTP/1.1 200 OK\r\n\r\n{"status": "degraded"}', False),
        (b'HTTP/1.1 200 OK\r\n\r\n["healthy"]', False),
        (b"HTTP/1.1 200 OK\r\n\r\nhealthy", False),
        (b"", False),
    ],
)
async def test_only_a_report_without_a_fault_is_healthy(answer: bytes, *, healthy: bool) -> None:
    """One whose service works on without a neighbour is answered 200, too."""
    async with answering(answer) as port:
        assert await is_healthy(f"http://{LOOPBACK}:{port}/healthz") is healthy


async def test_nobody_there_is_a_no() -> None:
    """A refused connection is no error."""
    port = free_port()

    assert not await accepts(port)
    assert not await speaks_redis(port)
    assert not await is_ready(f"http://{LOOPBACK}:{port}/")
    assert not await is_healthy(f"http://{LOOPBACK}:{port}/")


async def test_a_running_valkey_speaks_redis(valkey: RedisServer) -> None:
    """PING is answered."""
    assert await speaks_redis(valkey.port)


async def test_a_redis_that_is_still_loading_is_a_no() -> None:
    """-LOADING is no PONG."""
    async with answering(b"-LOADING Valkey is loading the dataset in memory\r\n") as port:
        assert not await speaks_redis(port)
