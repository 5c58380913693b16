"""Sockets over real connections: how they end, and what a client may do to them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import orjson
import pytest
import pytest_asyncio
from pydantic import JsonValue
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from common.contracts.notification import MAX_MESSAGE_BYTES
from common.web.quart_overrides.websocket_connection import CLOSE_WITHIN_S, QUEUED_MESSAGES
from common.web.serving.server import SocketOptions
from tests.fakes.scheduler import FakeScheduler
from tests.support.eventually import eventually
from tests.support.raw_http import connected
from tests.support.raw_websocket import TEXT, frame, handshake, read_close, read_frame
from tests.support.socket_app import COUNTED, Handlers, socket_app
from tests.support.transports import break_off
from tests.support.web_server import FAST, RunningServer, run_server


@pytest.fixture
def handlers() -> Handlers:
    """What the handlers report."""
    return Handlers()


@pytest_asyncio.fixture
async def server(handlers: Handlers) -> AsyncIterator[RunningServer]:
    """A server of the sockets."""
    async with run_server(socket_app(handlers)) as running:
        yield running


def dial(server: RunningServer, path: str) -> connect:
    """Connect to a socket, as a client that doesn't compress."""
    return connect(f"ws://127.0.0.1:{server.port}{path}", compression=None, max_size=None)


async def ending(client: ClientConnection) -> tuple[int, dict[str, JsonValue]]:
    """Return the close code and the reason, once the server has closed."""
    with pytest.raises(ConnectionClosed) as closed:
        await _receive_for_ever(client)
    frame = closed.value.rcvd
    assert frame is not None
    reason: dict[str, JsonValue] = orjson.loads(frame.reason)
    return frame.code, reason


async def _receive_for_ever(client: ClientConnection) -> None:
    while True:
        await client.recv()


@pytest.mark.parametrize(
    ("path", "code", "error_code", "message"),
    [
        ("/bug", 1011, "UNKNOWN_ERROR", "internal"),
        ("/return", 1011, "UNKNOWN_ERROR", "internal"),
        ("/cancel", 1011, "UNKNOWN_ERROR", "internal"),
        ("/group", 1008, "AUTHENTICATION_ERROR", "token_expired"),
        ("/overload", 1013, "SERVICE_UNAVAILABLE", "overload"),
    ],
)
async def test_whatever_ends_a_handler_is_a_code_with_a_reason(
    server: RunningServer, path: str, code: int, error_code: str, message: str
) -> None:
    """After accept a failure is never a clean close: the dashboard wouldn't come back after 1000."""
    async with dial(server, path) as client:
        closed_with, reason = await ending(client)

    assert closed_with == code
    assert (reason["error_code"], reason["message"]) == (error_code, message)


async def test_a_reason_carries_the_handshakes_correlation_id(server: RunningServer) -> None:
    """What the client can report leads to the log."""
    async with dial(server, "/bug") as client:
        assert client.response is not None
        signed = client.response.headers["X-Correlation-ID"]
        _, reason = await ending(client)

    assert reason["correlation_id"] == signed


async def test_a_failure_before_accept_is_an_http_answer(server: RunningServer) -> None:
    """The handshake is refused in the house's body, headers and all."""
    with pytest.raises(InvalidStatus) as refused:
        async with dial(server, "/refused"):
            pass

    response = refused.value.response
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="huleedu", error="invalid_token"'
    assert orjson.loads(response.body)["error"]["code"] == "AUTHENTICATION_ERROR"


async def test_an_unknown_socket_is_a_404(server: RunningServer) -> None:
    """No route, no socket."""
    with pytest.raises(InvalidStatus) as refused:
        async with dial(server, "/nowhere"):
            pass

    assert refused.value.response.status_code == 404


async def test_closing_twice_is_closing_once(server: RunningServer) -> None:
    """The first close counts, and what is sent after it is dropped."""
    async with dial(server, "/twice") as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    frame = closed.value.rcvd
    assert frame is not None
    assert (frame.code, frame.reason) == (4008, "first")


@pytest.mark.parametrize("message", ["", "hello", "å" * 100, b"", b"\x00\xff"], ids=repr)
async def test_messages_pass_as_they_are(server: RunningServer, handlers: Handlers, message: str | bytes) -> None:
    """Text stays text and bytes stay bytes, empty ones too."""
    async with dial(server, "/echo") as client:
        await client.send(message)
        answer = await client.recv()

    assert answer == message
    assert handlers.received == [message]


async def test_the_log_counts_all_that_was_sent(server: RunningServer) -> None:
    """In bytes, and also the frames that went past the app: of one the frame is counted, of the other the message."""
    with capture_logs() as lines:
        async with dial(server, "/both-ways") as client:
            received = [await client.recv(), await client.recv()]
            await ending(client)
        await eventually(lambda: any(line["event"] == "websocket.ended" for line in lines))

    assert received == ["hej", "hå"]
    assert [line["bytes"] for line in lines if line["event"] == "websocket.ended"] == [5 + 3]


@pytest.mark.parametrize(
    "message",
    ["x" * MAX_MESSAGE_BYTES, "å" * (MAX_MESSAGE_BYTES // 2), b"x" * MAX_MESSAGE_BYTES],
    ids=["ASCII", "two bytes a character", "bytes"],
)
async def test_a_message_may_be_as_large_as_the_limit(server: RunningServer, message: str | bytes) -> None:
    """64 KB are taken, counted in bytes."""
    async with dial(server, "/echo") as client:
        await client.send(message)
        answer = await client.recv()

    assert answer == message


@pytest.mark.parametrize(
    "message",
    [
        "x" * (MAX_MESSAGE_BYTES + 1),
        "å" * (MAX_MESSAGE_BYTES // 2 + 1),
        b"x" * (MAX_MESSAGE_BYTES + 1),
        "x" * 1_000_000,
    ],
    ids=["a character", "a character of two bytes", "a byte", "a megabyte"],
)
@pytest.mark.parametrize("path", ["/echo", "/deaf"])
async def test_a_larger_one_ends_the_socket_and_its_handler(
    server: RunningServer, handlers: Handlers, path: str, message: str | bytes
) -> None:
    """1009 with a reason, and the handler hears of it even when it wasn't listening."""
    async with dial(server, path) as client:
        await client.send(message)
        code, reason = await ending(client)
    await eventually(lambda: handlers.ended == 1)

    assert (code, reason["error_code"]) == (1009, "MESSAGE_TOO_BIG")
    assert handlers.received == []


async def test_a_client_that_floods_a_busy_handler_is_closed(server: RunningServer, handlers: Handlers) -> None:
    """More messages than may wait end the socket with 1008 ``rate``; the memory they take is bounded."""
    async with dial(server, "/deaf") as client, asyncio.TaskGroup() as group:
        group.create_task(_flood(client, QUEUED_MESSAGES + 1))
        code, reason = await ending(client)
    await eventually(lambda: handlers.ended == 1)

    assert (code, reason["error_code"], reason["message"]) == (1008, "RATE_LIMIT", "rate")


async def _flood(client: ClientConnection, messages: int) -> None:
    for _ in range(messages):
        await client.send("x")


async def test_a_flood_does_not_hide_its_own_close_frame(server: RunningServer) -> None:
    """A client in the middle of sending megabytes still reads why it was closed, and the connection ends in order."""
    async with connected(server.port) as connection, asyncio.TaskGroup() as group:
        await handshake(connection, "/deaf")
        flood = group.create_task(connection.send(frame(TEXT, b"x" * 10_000) * 500))
        closed = await read_close(connection)
        rest = await connection.until_closed()
        await flood

    assert (closed.close_code, closed.close_reason["error_code"]) == (1008, "RATE_LIMIT")
    assert rest == b""


async def test_messages_keep_their_order_however_slow_the_client(server: RunningServer) -> None:
    """Neither a full buffer nor its emptying changes the order of what one task sends."""
    async with connected(server.port) as connection:
        await handshake(connection, "/count")
        numbers = [int((await read_frame(connection)).payload[:8]) for _ in range(COUNTED)]

    assert numbers == list(range(COUNTED))


async def test_a_client_that_does_not_read_holds_up_its_handler(handlers: Handlers) -> None:
    """What waits for one client in this process is bounded; the handler waits, and can say goodbye only so long."""
    options, scheduler = replace(FAST, sockets=SocketOptions(send_buffer_bytes=65_536)), FakeScheduler()

    async with run_server(socket_app(handlers, scheduler), options) as server, connected(server.port) as connection:
        await handshake(connection, "/pour")
        await eventually(handlers.stuck.is_set)
        unsent = handlers.unsent_bytes
        await scheduler.until_due_in(CLOSE_WITHIN_S)
        scheduler.advance(CLOSE_WITHIN_S)
        await eventually(lambda: handlers.ended == 1)
        await eventually(lambda: server.connections == 0)

    assert unsent < 4 * MAX_MESSAGE_BYTES


async def test_a_handler_whose_client_leaves_is_cancelled(server: RunningServer, handlers: Handlers) -> None:
    """A closed socket leaves nothing running."""
    async with dial(server, "/deaf"):
        pass

    await eventually(lambda: handlers.ended == 1)


async def test_a_handler_whose_client_vanishes_is_cancelled(server: RunningServer, handlers: Handlers) -> None:
    """Nor does one that was cut."""
    async with dial(server, "/echo") as client:
        break_off(client.transport)

        await eventually(lambda: handlers.ended == 1)


async def test_the_drain_that_ran_out_of_time_says_why(handlers: Handlers) -> None:
    """A socket nobody closed in the drain is closed with 1012 and a slot, not cut."""
    scheduler = FakeScheduler()

    async with run_server(socket_app(handlers, scheduler)) as server, dial(server, "/deaf") as client:
        server.drain.request_stop()
        await scheduler.until_due_in(FAST.drain_deadline_s)
        scheduler.advance(FAST.drain_deadline_s)
        code, reason = await ending(client)

    assert (code, reason["error_code"], reason["retry_after_ms"]) == (1012, "SERVICE_RESTART", 1000)
