"""What clients get, and what becomes of what they say."""

import asyncio
import json

import pytest

from common.contracts.notification import MAX_NOTIFICATION_BYTES
from tests.support.eventually import eventually
from tests.support.feed import FeedClient, FeedProcess, Publisher, numbers_in, token_for
from tests.support.raw_websocket import CLOSE, TEXT, flood, frame
from tests.support.servers import unique


async def test_each_socket_once_in_order(feed: FeedProcess, other_feed: FeedProcess, platform: Publisher) -> None:
    """Every message reaches each of a user's sockets, on whichever replica, exactly once and in order."""
    user = unique("u")
    async with (
        FeedClient.connected(feed.socket_url, user_id=user) as one,
        FeedClient.connected(feed.socket_url, user_id=user) as two,
        FeedClient.connected(other_feed.socket_url, user_id=user, legacy=True) as three,
    ):
        await one.frame()
        await two.frame()
        await three.say({"type": "ping"})
        await three.frame()
        await platform.notify_each(user, range(200))
        received = await asyncio.gather(*(client.frames(200) for client in (one, two, three)))
        await platform.redis.publish(f"ws:{user}", '{"event":"end"}')
        ends = [(await client.frame())["event"] for client in (one, two, three)]

    assert [numbers_in(frames) for frames in received] == [list(range(200))] * 3
    assert ends == ["end"] * 3


async def test_other_users_hear_nothing(feed: FeedProcess, platform: Publisher) -> None:
    """A message reaches its user alone."""
    user, other = unique("åsa"), unique("bo")
    async with (
        FeedClient.connected(feed.socket_url, user_id=user) as mine,
        FeedClient.connected(feed.socket_url, user_id=other) as theirs,
    ):
        await mine.frame()
        await theirs.frame()
        await platform.notify(user, 1)
        await platform.notify(other, 2)

        assert numbers_in([await mine.frame(), await theirs.frame()]) == [1, 2]


async def test_messages_published_directly(feed: FeedProcess, platform: Publisher) -> None:
    """A service's own message is relayed as it is, up to a notification's size; else, or as feed.*, it is dropped."""
    user = unique("u")
    channel = f"ws:{user}"
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()
        for bad in (
            "[1]",
            "text",
            '{"event":"feed.drain","data":{}}',
            json.dumps({"event": "e", "data": "x" * MAX_NOTIFICATION_BYTES}),
        ):
            await platform.redis.publish(channel, bad)
        large = {"event": "maintenance", "for": "x" * (MAX_NOTIFICATION_BYTES - 64)}
        await platform.redis.publish(channel, json.dumps(large))
        await platform.redis.publish(channel, '{"event":"maintenance","at":"noon"}')

        assert await client.frame() == large
        assert await client.frame() == {"event": "maintenance", "at": "noon"}


async def test_the_first_message_ends_nothing(feed: FeedProcess, platform: Publisher) -> None:
    """A client may speak whenever it likes: its feed goes on."""
    user = unique("u")
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        await client.say({"type": "ping"})
        await client.frame()
        pong = await client.frame()
        await platform.notify(user, 1)

        assert pong == {"event": "feed.pong", "type": "pong", "data": {}}
        assert numbers_in([await client.frame()]) == [1]


@pytest.mark.parametrize("message", ["", "{", "[]", '{"type":"dance"}', '{"type":"seen","id":"x"}', b"\x00\xff"])
async def test_misunderstood(feed: FeedProcess, message: str | bytes) -> None:
    """What the feed doesn't know is answered by an error; the connection goes on."""
    async with FeedClient.connected(feed.socket_url, user_id=unique("u")) as client:
        await client.frame()
        await client.connection.send(message)
        answer = await client.frame()
        await client.say({"type": "ping"})

        assert answer["event"] == "feed.error"
        assert isinstance(answer["data"], dict)
        assert answer["data"]["code"] == "INVALID_FRAME"
        assert (await client.frame())["event"] == "feed.pong"


@pytest.mark.parametrize("size", [65_537, 1_000_000])
async def test_too_large(feed: FeedProcess, size: int) -> None:
    """A message over 64 KB ends the connection with 1009."""
    async with FeedClient.connected(feed.socket_url, user_id=unique("u")) as client:
        await client.frame()
        await client.connection.send("x" * size)
        closure = await client.closure()

    assert closure.code == 1009
    assert closure.reason["error_code"] == "MESSAGE_TOO_BIG"


async def test_flood(feed: FeedProcess) -> None:
    """More than 100 messages a minute end the connection with 1008, and 100 don't."""
    async with FeedClient.connected(feed.socket_url, user_id=unique("u")) as client:
        await client.frame()
        for _ in range(100):
            await client.say({"type": "ping"})
            await client.frame()
        await client.say({"type": "ping"})
        closure = await client.closure()

    assert closure.code == 1008
    assert closure.reason["message"] == "rate"


async def test_flood_all_at_once(feed: FeedProcess) -> None:
    """Ten thousand messages at once end the connection with 1008."""
    messages = frame(TEXT, b'{"type":"ping"}') * 10_000
    protocols = f"Sec-WebSocket-Protocol: huleedu.v1, bearer.{token_for(unique('u'))}"

    last = await flood(feed.port, "/ws", protocols, messages=messages)

    assert (last.opcode, last.close_code) == (CLOSE, 1008)


async def test_seen_marks(feed: FeedProcess, other_feed: FeedProcess, platform: Publisher) -> None:
    """What a user has seen on one device, every device hears; the mark never moves back."""
    user = unique("u")
    async with (
        FeedClient.connected(feed.socket_url, user_id=user) as desk,
        FeedClient.connected(other_feed.socket_url, user_id=user) as phone,
    ):
        await desk.frame()
        await phone.frame()
        cursors = await platform.notify_each(user, range(3))
        await desk.frames(3)
        await phone.frames(3)
        await desk.say({"type": "seen", "id": str(cursors[1])})
        heard = [await desk.frame(), await phone.frame()]
        await phone.say({"type": "seen", "id": str(cursors[0])})
        await phone.say({"type": "ping"})

        assert heard == [{"event": "feed.seen", "data": {"cursor": str(cursors[1]), "unread": 1}}] * 2
        assert (await phone.frame())["event"] == "feed.pong"


async def test_nobody_left(feed: FeedProcess, platform: Publisher) -> None:
    """When a user's last socket has gone, the process listens to their channel no more."""
    user = unique("u")
    channel = f"ws:{user}"
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()
        while_there = await platform.redis.publish(channel, "{}")

    async def unheard() -> bool:
        return await platform.redis.publish(channel, "{}") == 0

    assert while_there == 1
    await eventually(unheard)
