"""Notifications as large as they may be, on their way to a client."""

from collections.abc import Sequence

from common.contracts.notification import MAX_NOTIFICATION_BYTES
from tests.support.feed import FeedClient, FeedProcess, Publisher
from tests.support.servers import unique

COUNT = 6
TEXT = "x" * (MAX_NOTIFICATION_BYTES - 200)
"""With six of them a page of one megabyte, and an outbox of one, are too small for all."""


async def texts(client: FeedClient, count: int) -> Sequence[object]:
    """Return so many notifications' texts."""
    return [frame["data"] for frame in await client.frames(count)]


async def test_they_arrive_live(feed: FeedProcess, platform: Publisher) -> None:
    """A client that reads gets one after the other."""
    user = unique("teacher")
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()
        for _ in range(COUNT):
            await platform.notify_text(user, TEXT)
            assert await texts(client, 1) == [{"text": TEXT}]


async def test_they_are_caught_up_with(feed: FeedProcess, platform: Publisher) -> None:
    """A client that comes back gets all it missed, in as many pages as that takes, and is live after them."""
    user = unique("teacher")
    first = await platform.notify_text(user, "first")
    for _ in range(COUNT):
        await platform.notify_text(user, TEXT)

    async with FeedClient.connected(feed.socket_url, user_id=user, query=f"cursor={first}") as client:
        ready = await client.frame()
        caught_up = await texts(client, COUNT)
        await platform.notify_text(user, "last")
        last = await texts(client, 1)

    assert ready["event"] == "feed.ready"
    assert caught_up == [{"text": TEXT}] * COUNT
    assert last == [{"text": "last"}]


async def test_what_was_pushed_out_by_weight_is_a_gap(feed: FeedProcess, platform: Publisher) -> None:
    """Four megabytes are kept: who was away longer is told of the gap and gets the rest."""
    user = unique("teacher")
    first = await platform.notify_text(user, "first")
    for _ in range(20):
        await platform.notify_text(user, TEXT)

    async with FeedClient.connected(feed.socket_url, user_id=user, query=f"cursor={first}") as client:
        told = [await client.frame(), await client.frame()]
        kept = await texts(client, 16)

    assert [frame["event"] for frame in told] == ["feed.ready", "feed.gap"]
    assert kept == [{"text": TEXT}] * 16
