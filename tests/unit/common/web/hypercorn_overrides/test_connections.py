"""How long a connection may take over what, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest
import pytest_asyncio
from quart import Quart, Response

from common.web.hypercorn_overrides.config import ConnectionLimits
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.raw_http import RawConnection, connected
from tests.support.web_app import make_web_app
from tests.support.web_server import FAST, RunningServer, run_server

LIMITS = ConnectionLimits(linger_s=0.3, linger_bytes=1_000_000, flush_s=0.5)
SHORT_HEADS = replace(LIMITS, head_s=1.0)
SHORT_IDLING = replace(SHORT_HEADS, idle_s=3.0)
HELLO = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"


def hello_app() -> Quart:
    """Return an app with a short answer and a long one."""
    app = make_web_app()

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {}

    @app.get("/slow")
    async def slow() -> dict[str, str]:
        await asyncio.sleep(1.5 * SHORT_HEADS.head_s)
        return {}

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * 30_000_000)

    @app.post("/ignore")
    async def ignore() -> dict[str, str]:
        return {}

    return app


@pytest_asyncio.fixture
async def server() -> AsyncIterator[RunningServer]:
    """A server that reads soon enough when there is nothing to wait for."""
    async with run_server(hello_app(), replace(FAST, connections=LIMITS)) as running:
        yield running


@pytest_asyncio.fixture
async def hasty() -> AsyncIterator[RunningServer]:
    """A server without patience for heads."""
    async with run_server(hello_app(), replace(FAST, connections=SHORT_HEADS)) as running:
        yield running


@pytest_asyncio.fixture
async def tidy() -> AsyncIterator[RunningServer]:
    """A server without patience for connections that idle."""
    async with run_server(hello_app(), replace(FAST, connections=SHORT_IDLING)) as running:
        yield running


async def seconds_until_closed(server: RunningServer, sent: bytes, *, drip: bytes = b"") -> float:
    """Connect, send, then drip; return how long it was until the server had closed the connection."""
    loop = asyncio.get_running_loop()
    begun = loop.time()  # before the server can have begun to count, however slow this machine is
    async with connected(server.port) as connection, asyncio.TaskGroup() as group:
        await connection.send(sent)
        dripping = group.create_task(_drip(connection, drip))
        with suppress(ConnectionError):  # how it ends is told by whether a drop was on its way
            await connection.until_closed()
        dripping.cancel()
        return loop.time() - begun


async def _drip(connection: RawConnection, drops: bytes) -> None:
    with suppress(ConnectionError):
        await connection.trickle(drops, every_s=0.05)


@pytest.mark.parametrize(
    ("sent", "drip"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(b"GET /hello HT", b"", id="half a line"),
        pytest.param(b"GET /hello HTTP/1.1\r\nX: ", b"x" * 100, id="a header without end"),
    ],
)
async def test_a_slow_first_head_is_not_waited_for(hasty: RunningServer, sent: bytes, drip: bytes) -> None:
    """A connection that doesn't bring its request in time is closed, however busy it seems."""
    kept_s = await seconds_until_closed(hasty, sent, drip=drip)

    assert SHORT_HEADS.head_s <= kept_s < SHORT_HEADS.idle_s


async def test_a_kept_connection_may_idle_for_longer(tidy: RunningServer) -> None:
    """Between requests a client has the load balancer's patience, not the head's."""
    kept_s = await seconds_until_closed(tidy, HELLO)

    assert kept_s >= SHORT_IDLING.idle_s > 2 * SHORT_IDLING.head_s


async def test_a_slow_later_head_is_not_waited_for(hasty: RunningServer) -> None:
    """A second request that drips in is cut long before the idle time is over."""
    kept_s = await seconds_until_closed(hasty, HELLO, drip=b"GET /hello HTTP/1.1\r\nX: " + b"x" * 100)

    assert kept_s < SHORT_HEADS.idle_s


async def test_requests_start_the_idle_time_anew(tidy: RunningServer) -> None:
    """A connection in use is never closed for idling."""
    async with connected(tidy.port) as connection:
        for _ in range(5):
            await connection.ask("GET /hello HTTP/1.1")
            await asyncio.sleep(SHORT_IDLING.idle_s / 4)
        answer = await connection.ask("GET /hello HTTP/1.1")

    assert answer.status == 200


async def test_a_slow_answer_is_not_idling(hasty: RunningServer) -> None:
    """A handler may take longer than a head."""
    async with connected(hasty.port) as connection:
        answer = await connection.ask("GET /slow HTTP/1.1")

    assert answer.status == 200


async def test_a_peer_that_never_stops_sending_is_cut(server: RunningServer) -> None:
    """Lingering is bounded in bytes: a refused upload can't go on for ever."""
    async with connected(server.port) as connection:
        await connection.send(b"POST /ignore HTTP/1.1\r\nHost: test\r\nContent-Length: 100000000\r\n\r\n")
        answer = await connection.response()
        with pytest.raises(ConnectionError):
            await connection.send_for_ever(b"x" * 100_000)
    await eventually(lambda: server.connections == 0)

    assert answer.status == 200


async def test_a_peer_that_never_closes_is_cut(server: RunningServer) -> None:
    """And in time: a client that holds its side open holds nothing of ours."""
    async with connected(server.port) as connection:
        await connection.ask("GET /hello HTTP/1.1\nConnection: close")

        await eventually(
            lambda: server.connections == 0,
        )


async def test_a_client_that_vanishes_in_an_answer_leaves_nothing(server: RunningServer) -> None:
    """A download that nobody takes any more ends, without a trace in the log."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
        await connection.reader.readexactly(100_000)
        connection.reset()

        await eventually(lambda: server.connections == 0)

    assert server.drain.requests == 0


async def test_idle_connections_end_with_the_process() -> None:
    """Nobody waits for clients that have nothing to ask."""
    patient = replace(FAST, drain_deadline_s=60.0)
    async with (
        run_server(hello_app(), patient) as server,
        connected(server.port) as kept,
        connected(server.port) as fresh,
    ):
        await kept.ask("GET /hello HTTP/1.1")
        server.drain.request_stop()
        async with asyncio.timeout(PATIENCE_S):
            rest = [await kept.until_closed(), await fresh.until_closed()]

    assert rest == [b"", b""]
