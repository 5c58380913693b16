"""WebSockets at the level of frames."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from quart import Quart, websocket
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from tests.support.echo_app import Handlers, echo_app
from tests.support.eventually import eventually
from tests.support.raw_http import connected
from tests.support.raw_websocket import (
    CLOSE,
    PING,
    TEXT,
    frame,
    handshake,
    is_cut,
    read_close,
    read_frame,
)
from tests.support.web_app import prepared_app
from tests.support.web_server import FAST, Served, served


def polyglot_app() -> Quart:
    """Return an app that accepts with the last subprotocol offered, and sends all of them."""
    app = prepared_app()

    @app.websocket("/offered")
    async def offered() -> None:
        await websocket.accept(subprotocol=websocket.requested_subprotocols[-1])
        await websocket.send(" ".join(websocket.requested_subprotocols))
        await websocket.receive()

    return app


@pytest_asyncio.fixture
async def server(handlers: Handlers) -> AsyncIterator[Served]:
    """A server that sends no pings."""
    async with served(echo_app(handlers)) as running:
        yield running


PROTOCOL = (1002, "PROTOCOL_ERROR", "protocol_error")
TEXTS = (1007, "NOT_UTF8", "not_utf8")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param(frame(TEXT, b"\xff\xfe"), TEXTS, id="text that isn't UTF-8"),
        pytest.param(frame(TEXT, b"a\xc3"), TEXTS, id="text that ends within a character"),
        pytest.param(frame(TEXT, b"\xed\xa0\x80"), TEXTS, id="half of a surrogate pair"),
        pytest.param(frame(TEXT, b"\xc3", final=False) + frame(0x0, b"x"), TEXTS, id="character broken by a fragment"),
        pytest.param(frame(CLOSE, b"\x03\xe8\xff"), TEXTS, id="close reason that isn't UTF-8"),
        pytest.param(frame(0x3, b"x"), PROTOCOL, id="unknown opcode"),
        pytest.param(frame(0xB, b"x"), PROTOCOL, id="unknown control opcode"),
        pytest.param(frame(0x0, b"x"), PROTOCOL, id="continuation of nothing"),
        pytest.param(frame(PING, b"x" * 126), PROTOCOL, id="ping too long"),
        pytest.param(frame(CLOSE, b"\x03\xe8" + b"x" * 124), PROTOCOL, id="close too long"),
        pytest.param(frame(PING, b"x", final=False), PROTOCOL, id="ping in fragments"),
        pytest.param(frame(CLOSE, b"\x03"), PROTOCOL, id="half a close code"),
        pytest.param(frame(CLOSE, b"\x03\xed"), PROTOCOL, id="close code that is never sent"),
        pytest.param(frame(CLOSE, b"\x00\x01"), PROTOCOL, id="close code that is none"),
        pytest.param(b"\x81\x01x", PROTOCOL, id="no mask"),
        pytest.param(b"\xf1\x81\x00\x00\x00\x00x", PROTOCOL, id="reserved bits"),
        pytest.param(b"\x81\xfe\x00\x01\x00\x00\x00\x00x", PROTOCOL, id="length in more bytes than it needs"),
        pytest.param(frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), PROTOCOL, id="message inside a message"),
    ],
)
async def test_frames_that_make_no_sense_end_the_socket_with_a_reason(
    server: Served, handlers: Handlers, sent: bytes, told: tuple[int, str, str]
) -> None:
    """What breaks the protocol is 1002, a text that isn't UTF-8 is 1007, both with our reason; the handler is told."""
    async with connected(server.port) as connection:
        answer = await handshake(connection, "/echo")
        await connection.send(sent)
        closed = await read_close(connection)
        rest = await connection.until_closed()
    await eventually(lambda: handlers.ended == 1)

    reason = closed.close_reason
    assert (closed.close_code, reason["error_code"], reason["message"]) == told
    assert reason["correlation_id"] == answer.headers["x-correlation-id"]
    assert rest == b""


async def test_a_peers_close_is_answered(server: Served, handlers: Handlers) -> None:
    """The closing handshake is completed with the peer's own code."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await connection.send(frame(CLOSE, b"\x03\xe9bye"))
        closed = await read_close(connection)
        rest = await connection.until_closed()
    await eventually(lambda: handlers.ended == 1)

    assert closed.close_code == 1001
    assert rest == b""


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (["Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "version"),
        (["Sec-WebSocket-Version: 13"], "key"),
    ],
)
async def test_a_bad_handshake_is_answered_and_closed(server: Served, headers: list[str], why: str) -> None:
    """A handshake that can't succeed gets our body, and its connection doesn't stay."""
    head = "\n".join(["GET /echo HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", *headers])

    async with connected(server.port) as connection:
        answer = await connection.ask(head)
        rest = await connection.until_closed()
    await eventually(lambda: server.connections == 0)

    assert (answer.status, answer.error_code, answer.headers["sec-websocket-version"]) == (
        400,
        "INVALID_REQUEST",
        "13",
    ), why
    assert rest == b""


async def test_frames_before_the_answer_end_the_handshake(server: Served) -> None:
    """A client that doesn't wait for 101 is refused, and the handler that was about to accept is told."""
    head = (
        b"GET /echo HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )

    with capture_logs() as lines:
        async with connected(server.port) as connection:
            await connection.send(head + frame(TEXT, b"too early"))
            answer = await connection.response()
            rest = await connection.until_closed()
        await eventually(lambda: server.drain.sockets == 0)

    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
    assert rest == b""
    assert [line["log_level"] for line in lines if line["log_level"] != "info"] == []


async def test_a_refused_handshake_closes_its_connection(server: Served) -> None:
    """An HTTP answer to a handshake ends the connection."""
    async with connected(server.port) as connection:
        answer = await handshake(connection, "/nowhere")
        rest = await connection.until_closed()

    assert answer.status == 404
    assert rest == b""


async def test_a_handshake_that_comes_too_late_is_refused(server: Served) -> None:
    """While old sockets end, a new one is answered 503, and its connection ends."""
    async with connected(server.port) as old, connected(server.port) as connection:
        await handshake(old, "/echo")
        server.drain.ask_to_stop()
        await eventually(lambda: server.drain.refusing)
        answer = await handshake(connection, "/echo")
        rest = await connection.until_closed()

    assert (answer.status, answer.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert rest == b""


@pytest.mark.parametrize(("deflate", "negotiated"), [(False, []), (True, ["permessage-deflate"])])
async def test_compression_is_a_switch(handlers: Handlers, *, deflate: bool, negotiated: list[str]) -> None:
    """Off, an offer is declined, as browsers expect; on, it is taken up."""
    async with (
        served(echo_app(handlers), replace(FAST, deflate=deflate)) as server,
        connect(f"ws://127.0.0.1:{server.port}/echo", compression="deflate") as client,
    ):
        await client.send("hello" * 100)
        echoed = await client.recv()
        extensions = [extension.name for extension in client.protocol.extensions]

    assert echoed == "hello" * 100
    assert extensions == negotiated


async def test_the_wire_can_be_cut(server: Served, handlers: Handlers) -> None:
    """A socket whose client takes nothing any more can be dropped at once, whatever waits to be sent."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await eventually(lambda: len(handlers.wires) == 1)
        handlers.wires[0].abort()

        cut = await is_cut(connection)
        await eventually(lambda: handlers.ended == 1)

    assert cut


async def test_subprotocols_on_lines_of_their_own() -> None:
    """They are one list, however many lines it takes (RFC 6455 section 11.3.4)."""
    lines = ("Sec-WebSocket-Protocol: one, two", "Sec-WebSocket-Protocol: three")
    async with served(polyglot_app()) as server, connected(server.port) as connection:
        answer = await handshake(connection, "/offered", *lines)
        offered = await read_frame(connection)

    assert answer.headers["sec-websocket-protocol"] == "three"
    assert offered.payload == b"one two three"
