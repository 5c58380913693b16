"""Who is asked whether they are there, and what becomes of those who don't say so."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio
from websockets.asyncio.client import connect

from tests.support.echo_app import Handlers, echo_app
from tests.support.eventually import eventually
from tests.support.raw_http import connected
from tests.support.raw_websocket import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    chatter,
    frame,
    handshake,
    is_cut,
    read_close,
    read_frame,
)
from tests.support.web_server import FAST, RunningServer, run_server

PING_S = 0.1


CALM_PING_S = 1.5
"""Twice this a peer may be silent, and a busy machine keep it from speaking."""


@pytest_asyncio.fixture
async def pinging(handlers: Handlers) -> AsyncIterator[RunningServer]:
    """A server that pings often, for peers that are to be cut."""
    async with run_server(echo_app(handlers), replace(FAST, websocket_ping_s=PING_S)) as running:
        yield running


@pytest_asyncio.fixture
async def calm(handlers: Handlers) -> AsyncIterator[RunningServer]:
    """A server that pings, for peers that are to stay."""
    async with run_server(echo_app(handlers), replace(FAST, websocket_ping_s=CALM_PING_S)) as running:
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


async def test_a_peer_that_answers_pings_stays(calm: RunningServer, handlers: Handlers) -> None:
    """A browser that only ever answers pings is alive."""
    async with connected(calm.port) as connection:
        await handshake(connection, "/echo")
        for _ in range(3):
            assert (await read_frame(connection)).opcode == PING
            await connection.send(frame(PONG, b""))
        await connection.send(frame(TEXT, b"still here"))

        echoed = await read_frame(connection)

    assert echoed.payload == b"still here"
    assert handlers.clients[0].silent_s < 2 * CALM_PING_S


async def test_a_silent_peer_is_gone_after_two_intervals(pinging: RunningServer, handlers: Handlers) -> None:
    """A peer that answers no ping is cut, and its handler ends; nothing tells it, since nobody is there."""
    async with connected(pinging.port) as connection:
        await handshake(connection, "/echo")

        cut = await is_cut(connection)
        await eventually(lambda: handlers.ended == 1)

    assert cut


async def test_half_a_frame_is_silence(pinging: RunningServer, handlers: Handlers) -> None:
    """A frame that never ends doesn't count as being heard."""
    async with connected(pinging.port) as connection:
        await handshake(connection, "/echo")
        await connection.send(frame(TEXT, b"hello")[:-6])

        cut = await is_cut(connection)
        await eventually(lambda: handlers.ended == 1)

    assert cut


async def test_a_peer_that_talks_needs_no_pong(calm: RunningServer) -> None:
    """Any frame counts."""
    async with connected(calm.port) as connection:
        await handshake(connection, "/echo")
        await chatter(connection, times=8, every_s=CALM_PING_S / 3)
        await connection.send(frame(CLOSE, b"\x0f\xa0"))

        closed = await read_close(connection)

    assert closed.close_code == 4000


async def test_a_socket_ends_before_its_next_ping(handlers: Handlers) -> None:
    """A closed socket leaves no task behind that would wait for the ping's turn."""
    async with run_server(echo_app(handlers), replace(FAST, websocket_ping_s=3600)) as server:
        async with connect(f"ws://127.0.0.1:{server.port}/echo"):
            pass

        await eventually(lambda: server.connections == 0)
