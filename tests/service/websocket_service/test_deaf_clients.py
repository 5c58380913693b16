"""Clients that answer nothing, say nothing or read nothing: what becomes of them, and what they cost."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import pytest
from websockets.exceptions import ConnectionClosed

from common.identity.principal import UserId
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.feed import FeedClient, FeedProcess, Publisher, StreamClient, token_for
from tests.support.feed_cluster import sum_samples
from tests.support.servers import unique
from tests.support.transports import break_off

HEAVY = "x" * 60_000


HEAVY_MESSAGES = 50
"""Three times what may wait for a client."""


SLOW_CLIENTS = 4


def handshake(port: int, user: str) -> bytes:
    """Return the bytes that open a WebSocket."""
    return (
        f"GET /ws?token={token_for(user)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


async def test_peer_that_answers_nothing(watchful_feed: FeedProcess) -> None:
    """A peer that answers no ping for two intervals is gone."""
    reader, writer = await asyncio.open_connection("127.0.0.1", watchful_feed.port)
    writer.write(handshake(watchful_feed.port, unique("u")))
    async with asyncio.timeout(PATIENCE_S):
        await reader.read(-1)
    writer.close()


async def test_deaf_clients_give_up_their_places(feed: FeedProcess, other_feed: FeedProcess) -> None:
    """A user all of whose connections are dead, on two replicas, gets in again long before pings would notice."""
    user = unique("u")
    async with AsyncExitStack() as connections:
        for replica in (feed, other_feed, feed, other_feed, feed):
            await connections.enter_async_context(opened(replica.port, handshake(replica.port, user)))

        await eventually(partial(is_let_in, feed, user))


async def is_let_in(feed: FeedProcess, user: str) -> bool:
    """Tell whether one more connection of the user's gets to its first frame."""
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        try:
            return (await client.frame())["event"] == "feed.ready"
        except ConnectionClosed:
            return False


async def test_peer_that_only_answers_pings(watchful_feed: FeedProcess) -> None:
    """A client that says nothing but answers pings stays."""
    async with FeedClient.connected(watchful_feed.socket_url, user_id=unique("u")) as client:
        await client.frame()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await client.frame()
        await client.say({"type": "ping"})

        assert (await client.frame())["event"] == "feed.pong"


async def test_event_streams_are_kept_alive(watchful_feed: FeedProcess) -> None:
    """An event stream in which nothing happens carries a comment now and then."""
    async with StreamClient.connected(watchful_feed.socket_url, user_id=unique("u")) as client:
        await client.frame()
        async with asyncio.timeout(PATIENCE_S):
            await client.response.content.readuntil(b": heartbeat\n")


def stream_request(port: int, user: str) -> bytes:
    """Return the bytes that open an event stream."""
    return (
        f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token_for(user)}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("opening", [handshake, stream_request])
async def test_client_that_reads_nothing(
    feed: FeedProcess, platform: Publisher, opening: Callable[[int, str], bytes]
) -> None:
    """A client that stops reading loses its connection; it costs others no time, and memory only within its bounds."""
    sent_away = await sum_samples("feed_endings_total", feed, code="CONSUMER_TOO_SLOW")
    async with FeedClient.connected(feed.socket_url, user_id=(other := unique("quick"))) as quick:
        await quick.frame()
        memory = [await sum_samples("process_resident_memory_bytes", feed)]
        for number in range(SLOW_CLIENTS):
            user = unique("slow")
            async with listening(feed, opening(feed.port, user)):
                for _ in range(HEAVY_MESSAGES):
                    await platform.notify_text(user, HEAVY)
                    await platform.notify(other, number)
                    assert (await quick.frame())["data"] == {"number": number}
                memory.append(await sum_samples("process_resident_memory_bytes", feed))
                await eventually(partial(is_forgotten, platform, user))

    assert await sum_samples("feed_endings_total", feed, code="CONSUMER_TOO_SLOW") == sent_away + SLOW_CLIENTS
    assert max(memory) - memory[0] < SLOW_CLIENTS * HEAVY_MESSAGES * len(HEAVY) / 3


@pytest.mark.parametrize(("opening", "client"), [(handshake, FeedClient), (stream_request, StreamClient)])
async def test_client_that_read_nothing_comes_back(
    feed: FeedProcess,
    platform: Publisher,
    opening: Callable[[int, str], bytes],
    client: type[FeedClient | StreamClient],
) -> None:
    """What it did not read is still there: with its cursor it gets all of it, and once."""
    user = unique("slow")
    start = (await platform.log.read_latest(UserId(user))).cursor
    async with listening(feed, opening(feed.port, user)):
        appended = [await platform.notify_text(user, HEAVY) for _ in range(HEAVY_MESSAGES)]
        await eventually(partial(is_forgotten, platform, user))
    async with client.connected(feed.socket_url, user_id=user, query=f"cursor={start}") as second:
        ready, *told = await second.frames(1 + len(appended))

    assert isinstance(ready["data"], dict)
    assert ready["data"]["outcome"] == "resumed"
    assert [frame["id"] for frame in told] == [str(cursor) for cursor in appended]


async def is_forgotten(platform: Publisher, user: str) -> bool:
    """Tell whether no replica listens for the user any more."""
    return await platform.redis.publish(f"ws:{user}", "{}") == 0


@asynccontextmanager
async def listening(feed: FeedProcess, request: bytes) -> AsyncIterator[None]:
    """As :func:`opened`, until the stream has been read: only what comes later waits for the client."""
    before = await sum_samples("feed_admissions_total", feed)

    async def is_admitted() -> bool:
        return await sum_samples("feed_admissions_total", feed) > before

    async with opened(feed.port, request):
        await eventually(is_admitted)
        yield


@asynccontextmanager
async def opened(port: int, request: bytes) -> AsyncIterator[None]:
    """Send the request over a connection that takes in little, read the answer's head, and nothing more."""
    reader, writer = await asyncio.open_connection(sock=_small_socket(port), limit=1024)
    try:
        writer.write(request)
        await reader.readuntil(b"\r\n\r\n")
        yield
    finally:
        break_off(writer.transport)


def _small_socket(port: int) -> socket.socket:
    """Return a connected socket that takes in little."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.settimeout(0)
    return connection
