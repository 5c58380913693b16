"""Where a client goes on, over WebSocket and over server-sent events alike."""

import asyncio
from collections.abc import Sequence

import pytest

from common.notification_log import Cursor
from tests.support.feed import Client, FeedClient, FeedProcess, Frame, Publisher, StreamClient, numbers_in
from tests.support.servers import unique

ClientKind = type[FeedClient] | type[StreamClient]

both = pytest.mark.parametrize("kind", [FeedClient, StreamClient], ids=["websocket", "events"])


def outcome_of(ready: Frame) -> object:
    """Return what became of the cursor."""
    assert ready["event"] == "feed.ready"
    assert isinstance(ready["data"], dict)
    return ready["data"]["outcome"]


def cursor_of(ready: Frame) -> str:
    """Return the place at which the feed was taken up."""
    assert isinstance(ready["data"], dict)
    return str(ready["data"]["cursor"])


async def read_numbers(client: Client, count: int) -> Sequence[object]:
    """Return the numbers of the next ``count`` frames."""
    return numbers_in(await client.frames(count))


@both
async def test_without_a_cursor(kind: ClientKind, feed: FeedProcess, platform: Publisher) -> None:
    """A client without a cursor gets what comes, not what was, and knows where it stands."""
    user = unique("u")
    last = await platform.notify(user, 1)
    async with kind.connected(feed.socket_url, user_id=user) as client:
        ready = await client.frame()
        await platform.notify(user, 2)

        assert outcome_of(ready) == "live"
        assert cursor_of(ready) == str(last)
        assert await read_numbers(client, 1) == [2]


@both
async def test_resumed(kind: ClientKind, feed: FeedProcess, platform: Publisher) -> None:
    """A client that was away gets what it missed, page after page, then what comes."""
    user = unique("u")
    cursors = await platform.notify_each(user, range(350))
    async with kind.connected(feed.socket_url, user_id=user, query=f"cursor={cursors[49]}") as client:
        ready = await client.frame()
        missed = await read_numbers(client, 300)
        await platform.notify(user, 350)

        assert outcome_of(ready) == "resumed"
        assert cursor_of(ready) == str(cursors[49])
        assert missed == list(range(50, 350))
        assert await read_numbers(client, 1) == [350]


@both
async def test_nothing_missed(kind: ClientKind, feed: FeedProcess, platform: Publisher) -> None:
    """A client with the last cursor resumes with nothing."""
    user = unique("u")
    cursor = await platform.notify(user, 1)
    async with kind.connected(feed.socket_url, user_id=user, query=f"cursor={cursor}") as client:
        ready = await client.frame()
        await platform.notify(user, 2)

        assert outcome_of(ready) == "resumed"
        assert await read_numbers(client, 1) == [2]


@both
async def test_gap(kind: ClientKind, feed: FeedProcess, platform: Publisher) -> None:
    """A client whose place was trimmed is told from where to where it misses, then gets the rest."""
    user = unique("u")
    cursors = await platform.notify_each(user, range(510))
    async with kind.connected(feed.socket_url, user_id=user, query=f"cursor={cursors[0]}") as client:
        ready, lost = await client.frame(), await client.frame()
        kept = await read_numbers(client, 500)

    assert outcome_of(ready) == "gap"
    assert cursor_of(ready) == str(cursors[9])
    assert lost == {"event": "feed.gap", "data": {"from": str(cursors[0]), "to": str(cursors[9])}}
    assert kept == list(range(10, 510))


@both
@pytest.mark.parametrize(
    ("cursor", "replayed"),
    [
        ("garbage", [1]),
        ("0:0-0", [1]),
        ("otherepoch:5-1", [1]),
        ("%C3%A5:1-1", [1]),
        ("x" * 3000, [1]),
        ("future", []),
    ],
)
async def test_reset(
    kind: ClientKind, feed: FeedProcess, platform: Publisher, cursor: str, replayed: Sequence[int]
) -> None:
    """A cursor that is garbage, of another history or from the future is answered truthfully."""
    user = unique("u")
    last = await platform.notify(user, 1)
    brought = str(Cursor(last.epoch, last.ms + 60_000, 0)) if cursor == "future" else cursor
    async with kind.connected(feed.socket_url, user_id=user, query=f"cursor={brought}") as client:
        ready = await client.frame()
        await platform.notify(user, 2)

        assert outcome_of(ready) == "reset"
        assert await read_numbers(client, len(replayed) + 1) == [*replayed, 2]


async def test_another_users_cursor(feed: FeedProcess, platform: Publisher) -> None:
    """Another user's cursor opens nothing of theirs."""
    user, other = unique("u"), unique("u")
    theirs = await platform.notify(other, 1)
    await platform.notify(other, 2)
    async with FeedClient.connected(feed.socket_url, user_id=user, query=f"cursor={theirs}") as client:
        ready = await client.frame()
        await platform.notify(user, 3)

        assert outcome_of(ready) == "reset"
        assert await read_numbers(client, 1) == [3]


async def test_ready_cursor_of_a_reset(feed: FeedProcess, platform: Publisher) -> None:
    """The cursor of a reset's feed.ready stands before what is replayed: nothing is lost by coming back with it."""
    user = unique("u")
    await platform.notify(user, 1)
    async with FeedClient.connected(feed.socket_url, user_id=user, query="cursor=garbage") as client:
        ready = await client.frame()
    async with FeedClient.connected(feed.socket_url, user_id=user, query=f"cursor={cursor_of(ready)}") as client:
        await client.frame()

        assert await read_numbers(client, 1) == [1]


async def test_changing_transports_while_it_goes_on(feed: FeedProcess, platform: Publisher) -> None:
    """A client that reconnects every 20 messages, by turns over either transport, gets each of 480 once, in order.

    As many as are kept, so that a client that is held up finds no gap.
    """
    user = unique("u")
    cursor = str(await platform.notify(user, -1))
    received: list[object] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(_publish_slowly(platform, user, 480))
        while len(received) < 480:
            kind: ClientKind = FeedClient if len(received) % 40 else StreamClient
            async with kind.connected(feed.socket_url, user_id=user, query=f"cursor={cursor}") as client:
                ready = await client.frame()
                frames = await client.frames(20)
            cursor = str(frames[-1]["id"])
            received += numbers_in(frames)
            assert outcome_of(ready) == "resumed"

    assert received == list(range(480))


async def _publish_slowly(platform: Publisher, user: str, count: int) -> None:
    for number in range(count):
        await platform.notify(user, number)
        await asyncio.sleep(0.001)  # a real feed has to be live between two of them
