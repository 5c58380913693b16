"""Which peers are pinged, and which are dropped because they don't answer."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from tests.fakes.scheduler import FakeScheduler
from tests.support.echo_app import Handlers, echo_app
from tests.support.eventually import eventually
from tests.support.raw_http import connected
from tests.support.raw_websocket import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    frame,
    handshake,
    is_cut,
    read_close,
    read_frame,
)
from tests.support.web_server import FAST, RunningServer, run_server

PING_S = 30.0


@pytest.fixture
def scheduler() -> FakeScheduler:
    """The time by which ``server`` pings."""
    return FakeScheduler()


@pytest_asyncio.fixture
async def server(handlers: Handlers, scheduler: FakeScheduler) -> AsyncIterator[RunningServer]:
    """A server that pings, and whose time the test advances."""
    async with run_server(echo_app(handlers, scheduler), replace(FAST, websocket_ping_s=PING_S)) as running:
        yield running


async def test_a_peer_is_pinged_when_the_app_asks(handlers: Handlers) -> None:
    """At once and whatever the interval; its pong shows; what has begun to close is left alone."""
    async with run_server(echo_app(handlers)) as server, connected(server.port) as connection:
        await handshake(connection, "/echo")
        await eventually(lambda: len(handlers.clients) == 1)
        client = handlers.clients[0]
        asked_at = client.last_heard_at
        client.ping()
        asked = await read_frame(connection)
        await connection.send(frame(PONG, b""))
        await eventually(lambda: client.last_heard_at > asked_at)
        acknowledged = not client.retransmitting
        await connection.send(frame(CLOSE, b""))
        await read_close(connection)
        client.ping()
        rest = await connection.until_closed()

    assert asked.opcode == PING
    assert acknowledged
    assert rest == b""


async def test_a_peer_that_answers_pings_stays(
    server: RunningServer, handlers: Handlers, scheduler: FakeScheduler
) -> None:
    """A browser that only ever answers pings is alive."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        for _ in range(3):
            await scheduler.until_due_in(PING_S)
            scheduler.advance(PING_S)
            assert (await read_frame(connection)).opcode == PING
            await connection.send(frame(PONG, b""))
            await eventually(lambda: handlers.clients[0].silent_s == 0)
        await connection.send(frame(TEXT, b"still here"))

        echoed = await read_frame(connection)

    assert echoed.payload == b"still here"


@pytest.mark.parametrize("sent", [b"", frame(TEXT, b"hello")[:-6]], ids=["nothing", "half a frame"])
async def test_a_silent_peer_is_gone_after_two_intervals(
    server: RunningServer, handlers: Handlers, scheduler: FakeScheduler, sent: bytes
) -> None:
    """A peer that answers no ping is cut at that moment, without a close frame, and its handler ends.

    A frame that never ends doesn't count as being heard.
    """
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await connection.send(sent)
        await scheduler.until_due_in(PING_S)
        scheduler.advance(2 * PING_S - 0.1)
        pinged = (await read_frame(connection)).opcode
        scheduler.advance(0.1)

        cut = await is_cut(connection)
        await eventually(lambda: handlers.ended == 1)

    assert pinged == PING
    assert cut


async def test_a_peer_that_talks_needs_no_pong(
    server: RunningServer, handlers: Handlers, scheduler: FakeScheduler
) -> None:
    """Any frame counts."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await scheduler.until_due_in(PING_S)
        for _ in range(8):
            scheduler.advance(PING_S / 2)
            await connection.send(frame(TEXT, b"x"))
            await eventually(lambda: handlers.clients[0].silent_s == 0)
        await connection.send(frame(CLOSE, b"\x0f\xa0"))

        closed = await read_close(connection)

    assert closed.close_code == 4000


async def test_a_closed_socket_is_pinged_no_more(server: RunningServer, scheduler: FakeScheduler) -> None:
    """It leaves neither a task nor a timer behind that would wait for the ping's turn."""
    async with connect(f"ws://127.0.0.1:{server.port}/echo"):
        await scheduler.until_due_in(PING_S)

    await eventually(lambda: server.connections == 0)

    assert scheduler.delays_s == []
