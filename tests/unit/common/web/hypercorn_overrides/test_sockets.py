"""WebSockets at the level of frames."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

import pytest
import pytest_asyncio
from quart import Quart, request, websocket
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from common.clock import LoopScheduler
from common.web.hypercorn_overrides.client_connection import connection_of
from common.web.hypercorn_overrides.sockets import FRAMES_A_TURN
from tests.support.echo_app import Handlers, echo_app
from tests.support.eventually import eventually
from tests.support.garbage import complaints
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
from tests.support.web_app import make_web_app
from tests.support.web_server import FAST, RunningServer, run_server


def polyglot_app() -> Quart:
    """Return an app that accepts with the last subprotocol offered, and sends all of them."""
    app = make_web_app()

    @app.websocket("/offered")
    async def offered() -> None:
        await websocket.accept(subprotocol=websocket.requested_subprotocols[-1])
        await websocket.send(" ".join(websocket.requested_subprotocols))
        await websocket.receive()

    return app


@pytest_asyncio.fixture
async def server(handlers: Handlers) -> AsyncIterator[RunningServer]:
    """A server that sends no pings."""
    async with run_server(echo_app(handlers)) as running:
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
    server: RunningServer, handlers: Handlers, sent: bytes, told: tuple[int, str, str]
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


async def test_a_peers_close_is_answered(server: RunningServer, handlers: Handlers) -> None:
    """The closing handshake is completed with the peer's own code."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await connection.send(frame(CLOSE, b"\x03\xe9bye"))
        closed = await read_close(connection)
        rest = await connection.until_closed()
    await eventually(lambda: handlers.ended == 1)

    assert closed.close_code == 1001
    assert rest == b""


UPGRADE = "Upgrade: websocket\nConnection: Upgrade"
VERSION = "Sec-WebSocket-Version: 13"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
BAD = (400, "INVALID_REQUEST")
REQUIRED = (426, "UPGRADE_REQUIRED")


@pytest.mark.parametrize(
    ("request_line", "headers", "told"),
    [
        pytest.param("GET /echo HTTP/1.1", [UPGRADE, "Sec-WebSocket-Version: 8", KEY], REQUIRED, id="other version"),
        pytest.param("GET /echo HTTP/1.1", [UPGRADE, KEY], REQUIRED, id="no version"),
        pytest.param("GET /echo HTTP/1.1", [UPGRADE, VERSION], BAD, id="no key"),
        pytest.param("GET /echo HTTP/1.1", [UPGRADE, VERSION, KEY, KEY], BAD, id="two keys"),
        pytest.param("GET /echo HTTP/1.1", [UPGRADE, VERSION, "Sec-WebSocket-Key: c2hvcnQ="], BAD, id="short key"),
        pytest.param(
            "GET /echo HTTP/1.1", [UPGRADE, VERSION, KEY, "Sec-WebSocket-Protocol: å"], BAD, id="protocol not ASCII"
        ),
        pytest.param(
            "GET /echo HTTP/1.1", [UPGRADE, VERSION, KEY, "Sec-WebSocket-Extensions: å"], BAD, id="extension not ASCII"
        ),
    ],
)
async def test_a_bad_handshake_is_answered_and_closed(
    server: RunningServer, request_line: str, headers: list[str], told: tuple[int, str]
) -> None:
    """A handshake that can't succeed gets our body and the version we speak, and its connection doesn't stay."""
    with complaints() as uncaught:
        async with connected(server.port) as connection:
            answer = await connection.ask("\n".join([request_line, *headers]))
            rest = await connection.until_closed()
        await eventually(lambda: server.connections == 0)

    assert (answer.status, answer.error_code) == told
    assert answer.headers["sec-websocket-version"] == "13"
    assert rest == b""
    assert uncaught == []


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(["Upgrade: h2c, websocket", "Connection: Upgrade"], id="h2c beside it"),
        pytest.param(["Upgrade: WebSocket", "Connection: keep-alive, upgrade"], id="other case"),
        pytest.param(["Upgrade: websocket", "Upgrade: h2c", "Connection: Upgrade"], id="two Upgrade lines"),
        pytest.param(["Upgrade: websocket", "Connection: Upgrade", "Connection: keep-alive"], id="two Connections"),
        pytest.param([UPGRADE, "Connection: å"], id="Connection not ASCII"),
    ],
)
async def test_an_upgrade_among_others_is_understood(server: RunningServer, headers: list[str]) -> None:
    """Upgrade and Connection are lists, in any case and on any number of lines (RFC 9110 sections 5.3 and 7.8)."""
    async with connected(server.port) as connection:
        answer = await connection.ask("\n".join(["GET /echo HTTP/1.1", *headers, VERSION, KEY]))
        await connection.send(frame(TEXT, b"hello"))
        echoed = await read_frame(connection)

    assert answer.status == 101
    assert echoed.payload == b"hello"


@pytest.mark.parametrize(
    ("request_line", "headers"),
    [
        pytest.param("GET /echo HTTP/1.1", [], id="plain"),
        pytest.param("HEAD /echo HTTP/1.1", [], id="HEAD"),
        pytest.param("GET /echo HTTP/1.1", ["Upgrade: websocket", VERSION, KEY], id="no Connection"),
        pytest.param("GET /echo HTTP/1.1", ["Upgrade: h2c", "Connection: Upgrade"], id="another protocol"),
        pytest.param("GET /echo HTTP/1.0", [UPGRADE, VERSION, KEY], id="HTTP/1.0"),
    ],
)
async def test_a_socket_asked_for_by_http_requires_an_upgrade(
    server: RunningServer, request_line: str, headers: list[str]
) -> None:
    """426 names the protocol and its version; a wish to upgrade that isn't one to this hop, or in 1.0, is ignored."""
    async with connected(server.port) as connection:
        await connection.send("\r\n".join([request_line, "Host: a", *headers, "Connection: close", "", ""]).encode())
        head, _, body = (await connection.until_closed()).partition(b"\r\n\r\n")

    lines = head.decode().lower().split("\r\n")
    assert lines[0].startswith("http/1.1 426 ")
    assert {"upgrade: websocket", "sec-websocket-version: 13"} <= {*lines}
    assert "upgrade" in ",".join(line for line in lines if line.startswith("connection:"))
    assert (b"UPGRADE_REQUIRED" in body) is not request_line.startswith("HEAD")


async def test_an_extension_offered_wrongly_is_declined(handlers: Handlers) -> None:
    """Where compression is on, an offer that can't be read is no offer, and the handshake succeeds."""
    offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=abc"
    async with (
        run_server(echo_app(handlers), replace(FAST, deflate=True)) as server,
        connected(server.port) as connection,
    ):
        answer = await handshake(connection, "/echo", offer)

    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


async def test_frames_before_the_answer_end_the_handshake(server: RunningServer) -> None:
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


async def test_a_refused_handshake_closes_its_connection(server: RunningServer) -> None:
    """An HTTP answer to a handshake ends the connection."""
    async with connected(server.port) as connection:
        answer = await handshake(connection, "/nowhere")
        rest = await connection.until_closed()

    assert answer.status == 404
    assert rest == b""


async def test_a_handshake_that_comes_too_late_is_refused(server: RunningServer) -> None:
    """While old sockets end, a new one is answered 503, and its connection ends."""
    async with connected(server.port) as old, connected(server.port) as connection:
        await handshake(old, "/echo")
        server.drain.request_stop()
        await eventually(lambda: server.drain.refusing)
        answer = await handshake(connection, "/echo")
        rest = await connection.until_closed()

    assert (answer.status, answer.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert rest == b""


@pytest.mark.parametrize(("deflate", "negotiated"), [(False, []), (True, ["permessage-deflate"])])
async def test_compression_is_a_switch(handlers: Handlers, *, deflate: bool, negotiated: list[str]) -> None:
    """Off, an offer is declined, as browsers expect; on, it is taken up."""
    async with (
        run_server(echo_app(handlers), replace(FAST, deflate=deflate)) as server,
        connect(f"ws://127.0.0.1:{server.port}/echo", compression="deflate") as client,
    ):
        await client.send("hello" * 100)
        echoed = await client.recv()
        extensions = [extension.name for extension in client.protocol.extensions]

    assert echoed == "hello" * 100
    assert extensions == negotiated


async def test_the_wire_can_be_cut(server: RunningServer, handlers: Handlers) -> None:
    """A socket whose client takes nothing any more can be dropped at once, whatever waits to be sent."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await eventually(lambda: len(handlers.clients) == 1)
        handlers.clients[0].abort()

        cut = await is_cut(connection)
        await eventually(lambda: handlers.ended == 1)

    assert cut


async def test_subprotocols_on_lines_of_their_own() -> None:
    """They are one list, however many lines it takes (RFC 6455 section 11.3.4)."""
    lines = ("Sec-WebSocket-Protocol: one, two", "Sec-WebSocket-Protocol: three")
    async with run_server(polyglot_app()) as server, connected(server.port) as connection:
        answer = await handshake(connection, "/offered", *lines)
        offered = await read_frame(connection)

    assert answer.headers["sec-websocket-protocol"] == "three"
    assert offered.payload == b"one two three"


MEGABYTE = 1_000_000
ENCODED = b"\x81\x05hello"


@pytest.mark.parametrize(("deflate", "offered"), [(False, "deflate"), (True, "deflate"), (True, None)])
async def test_a_text_is_sent_at_once(handlers: Handlers, *, deflate: bool, offered: Literal["deflate"] | None) -> None:
    """A message that is encoded already reaches the peer, under an extension too."""
    async with (
        run_server(echo_app(handlers), replace(FAST, deflate=deflate)) as server,
        connect(f"ws://127.0.0.1:{server.port}/echo", compression=offered) as client,
    ):
        await client.send("first")
        await client.recv()
        was_sent = handlers.clients[0].send_text("hello", ENCODED)
        received = await client.recv()

    assert was_sent
    assert received == "hello"


async def test_a_text_is_not_sent_at_once_without_room(server: RunningServer, handlers: Handlers) -> None:
    """To a peer that reads nothing, a few messages are taken, and then none."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await eventually(lambda: len(handlers.clients) == 1)
        client = handlers.clients[0]
        await eventually(lambda: client.send_text("hello", ENCODED))
        taken = [client.send_text("x", bytes(MEGABYTE)) for _ in range(50)]

    assert not taken[-1]


async def test_a_text_is_not_sent_at_once_behind_a_close(server: RunningServer, handlers: Handlers) -> None:
    """Nothing follows a close frame, from whichever side it came."""
    async with connected(server.port) as connection:
        await handshake(connection, "/echo")
        await eventually(lambda: len(handlers.clients) == 1)
        await connection.send(frame(CLOSE, b"\x03\xe9bye"))
        await read_close(connection)
        was_sent = handlers.clients[0].send_text("hello", ENCODED)
        rest = await connection.until_closed()

    assert not was_sent
    assert rest == b""


async def test_no_text_is_sent_at_once_over_http() -> None:
    """A connection that isn't a WebSocket's sends none."""
    app = make_web_app()
    sent: list[bool] = []

    @app.get("/")
    async def page() -> str:
        client = connection_of(dict(request.scope))
        assert client is not None
        sent.append(client.send_text("hello", ENCODED))
        return ""

    async with run_server(app) as server, connected(server.port) as connection:
        await connection.ask("GET / HTTP/1.1")

    assert sent == [False]


class TurnScheduler(LoopScheduler):
    """Notes, each time it is asked for the time, which turn of the loop it is."""

    def __init__(self) -> None:
        self.turn = 0
        self.asked_at: list[int] = []

    def time(self) -> float:
        """Return the event loop's time."""
        self.asked_at.append(self.turn)
        return super().time()

    async def count_turns(self) -> None:
        """Count the turns of the loop, for ever."""
        while True:
            self.turn += 1
            await asyncio.sleep(0)


async def test_frames_that_come_at_once_let_the_others_be_served(handlers: Handlers) -> None:
    """While they are read the loop turns at least once every FRAMES_A_TURN frames."""
    scheduler = TurnScheduler()
    async with (
        run_server(echo_app(handlers, scheduler)) as server,
        connected(server.port) as connection,
        asyncio.TaskGroup() as group,
    ):
        await handshake(connection, "/echo")
        counting = group.create_task(scheduler.count_turns())
        scheduler.asked_at.clear()
        await connection.send(frame(PING, b"") * (20 * FRAMES_A_TURN))
        for _ in range(20 * FRAMES_A_TURN):
            await read_frame(connection)
        counting.cancel()

    most_in_a_turn = max(Counter(scheduler.asked_at).values())
    assert most_in_a_turn <= 2 * FRAMES_A_TURN
