"""What no proper client would send: it ends the connection it came over, with a reason, and disturbs nobody else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.feed import FeedClient, FeedProcess, Publisher, numbers_in, token_for
from tests.support.raw_http import RawConnection, connected
from tests.support.raw_websocket import BINARY, PING, PONG, TEXT, frame, handshake, read_close, read_frame
from tests.support.servers import unique

HALVES = (
    frame(TEXT, b'{"type":"ping"}')[:-5],
    frame(TEXT, b"x" * 60_000)[:3],
    frame(TEXT, b'{"type":', final=False),
)


@pytest_asyncio.fixture
async def bystander(watchful_feed: FeedProcess, platform: Publisher) -> AsyncIterator[None]:
    """Somebody else on the same replica, who hears of everything before and after and stays connected."""
    user = unique("bystander")
    async with FeedClient.connected(watchful_feed.socket_url, user_id=user) as client:
        await client.frame()
        await platform.notify(user, 1)
        yield
        await platform.notify(user, 2)
        assert numbers_in(await client.frames(2)) == [1, 2]


async def open_socket(connection: RawConnection) -> None:
    """Open the feed by hand, past its first frame."""
    protocols = f"Sec-WebSocket-Protocol: huleedu.v1, bearer.{token_for(unique('u'))}"
    assert (await handshake(connection, "/ws", protocols)).status == 101
    await until_text(connection, b"feed.ready")


async def until_text(connection: RawConnection, wanted: bytes) -> None:
    """Read up to the first frame that holds the text."""
    while wanted not in (await read_frame(connection)).payload:
        continue


@pytest.mark.parametrize(
    ("sent", "code", "error_code"),
    [
        pytest.param(frame(TEXT, b"\xff\xfe"), 1007, "NOT_UTF8", id="text that isn't UTF-8"),
        pytest.param(frame(TEXT, b'{"type":"p\xc3'), 1007, "NOT_UTF8", id="half a character"),
        pytest.param(frame(0x3, b"x"), 1002, "PROTOCOL_ERROR", id="unknown opcode"),
        pytest.param(b"\x81\x01x", 1002, "PROTOCOL_ERROR", id="no mask"),
        pytest.param(frame(PING, b"x" * 126), 1002, "PROTOCOL_ERROR", id="ping too long"),
        pytest.param(frame(TEXT, b"x" * 1_000_000), 1009, "MESSAGE_TOO_BIG", id="a megabyte"),
        pytest.param(frame(BINARY, b"x" * 1_000_000), 1009, "MESSAGE_TOO_BIG", id="a binary megabyte"),
        pytest.param(
            frame(TEXT, b"x" * 1000, final=False) + frame(0x0, b"x" * 1000, final=False) * 99,
            1009,
            "MESSAGE_TOO_BIG",
            id="a message without end",
        ),
        pytest.param(frame(PING, b"") * 50_000, 1008, "RATE_LIMIT", id="fifty thousand pings"),
        pytest.param(frame(PONG, b"") * 50_000, 1008, "RATE_LIMIT", id="fifty thousand pongs"),
        pytest.param(
            frame(TEXT, b"", final=False) + frame(0x0, b"", final=False) * 50_000,
            1008,
            "RATE_LIMIT",
            id="a message of fifty thousand nothings",
        ),
        pytest.param(frame(TEXT, b"") * 10_000, 1008, "RATE_LIMIT", id="ten thousand tiny messages"),
        pytest.param(frame(BINARY, b"x") * 10_000, 1008, "RATE_LIMIT", id="ten thousand binary messages"),
    ],
)
@pytest.mark.usefixtures("bystander")
async def test_it_ends_its_own_connection(watchful_feed: FeedProcess, sent: bytes, code: int, error_code: str) -> None:
    """The close frame names the fault in JSON, and the connection is gone after it."""
    async with connected(watchful_feed.port) as connection:
        await open_socket(connection)
        await connection.send(sent)
        closed = await read_close(connection)

    assert closed.close_code == code
    assert closed.close_reason["error_code"] == error_code


@pytest.mark.usefixtures("bystander")
async def test_half_of_something_then_silence(watchful_feed: FeedProcess) -> None:
    """Who begins a frame, its head or a message and doesn't go on is gone after two pings without an answer."""
    async with asyncio.TaskGroup() as group:
        for sent in HALVES:
            group.create_task(send_and_be_silent(watchful_feed, sent))


async def send_and_be_silent(feed: FeedProcess, sent: bytes) -> None:
    """Open the feed, send, and return when the connection has been ended."""
    async with connected(feed.port) as connection:
        await open_socket(connection)
        await connection.send(sent)

        await connection.until_closed()


@pytest.mark.usefixtures("bystander")
async def test_many_control_frames(watchful_feed: FeedProcess) -> None:
    """Pings are answered, far more of them than there may be messages."""
    async with connected(watchful_feed.port) as connection:
        await open_socket(connection)
        await connection.send(frame(PING, b"x") * 1000 + frame(TEXT, b'{"type":"ping"}'))
        await until_text(connection, b"feed.pong")
