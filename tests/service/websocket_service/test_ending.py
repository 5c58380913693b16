"""How connections end: tokens that run out or are revoked, clients that idle, replicas that go."""

import asyncio
import json
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.identity.principal import TokenId, UserId
from common.identity.revocation import not_before_key, revoked_token_key
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S
from tests.support.feed import MINT, FeedClient, FeedProcess, Publisher, running_feed, token_for
from tests.support.servers import unique


async def ending_of(client: FeedClient) -> tuple[int, object]:
    """Return with which code the socket is closed, and why."""
    closure = await client.closure()
    return closure.code, closure.reason["message"]


async def test_expiry(feed: FeedProcess) -> None:
    """A client is warned of the end of its token, and closed then, not before."""
    expires_at = datetime.now(UTC) + timedelta(seconds=4)
    token = MINT.access_token(unique("u"), lifetime=timedelta(seconds=4)).encoded
    async with FeedClient.connected(feed.socket_url, token=token) as client:
        await client.frame()
        warning = await client.frame()
        ending = await ending_of(client)
        late_s = (datetime.now(UTC) - expires_at).total_seconds()

    assert warning["event"] == "feed.expiring"
    assert isinstance(warning["data"], dict)
    assert warning["data"]["in_s"] in range(5)
    assert ending == (1008, "token_expired")
    assert late_s >= -1  # exp is in whole seconds


async def test_renewal(feed: FeedProcess) -> None:
    """A token renewed in band carries the connection past the end of the first."""
    user = unique("u")
    token = token_for(user, lifetime=timedelta(seconds=4))
    async with FeedClient.connected(feed.socket_url, token=token) as client:
        await client.frames(2)
        await client.say({"type": "auth", "token": token_for(user)})
        await client.say({"type": "ping"})
        pong = await client.frame()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await client.frame()

    assert pong["event"] == "feed.pong"


async def test_renewal_that_ends_sooner(feed: FeedProcess) -> None:
    """The latest token counts, also when it ends before the first."""
    user = unique("u")
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()
        await client.say({"type": "auth", "token": token_for(user, lifetime=timedelta(seconds=2))})
        ending = await ending_of(client)

    assert ending == (1008, "token_expired")


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (token_for("somebody-else"), "token_invalid"),
        ("garbage", "token_invalid"),
        (token_for("somebody-else", lifetime=timedelta(seconds=-60)), "token_expired"),
    ],
    ids=["another-user", "garbage", "expired"],
)
async def test_refused_renewal(feed: FeedProcess, token: str, message: str) -> None:
    """A renewal that proves nothing, or somebody else, ends the connection."""
    async with FeedClient.connected(feed.socket_url, user_id=unique("u")) as client:
        await client.frame()
        await client.say({"type": "auth", "token": token})
        ending = await ending_of(client)

    assert ending == (1008, message)


async def test_revocation(feed: FeedProcess, other_feed: FeedProcess, platform: Publisher) -> None:
    """A revocation closes every socket of the user on every replica, and nobody else's."""
    user = unique("u")
    async with (
        FeedClient.connected(feed.socket_url, user_id=user) as one,
        FeedClient.connected(other_feed.socket_url, user_id=user, legacy=True) as two,
        FeedClient.connected(feed.socket_url, user_id=unique("u")) as other,
    ):
        await one.frame()
        await two.say({"type": "ping"})
        await two.frame()
        await other.frame()
        await platform.redis.publish("auth:revocations", json.dumps({"user_id": user}))
        endings = [await ending_of(client) for client in (one, two)]
        await other.say({"type": "ping"})

        assert (await other.frame())["event"] == "feed.pong"
    assert endings == [(1008, "revoked")] * 2


async def test_revocation_of_one_token(feed: FeedProcess, platform: Publisher) -> None:
    """Revoking one token ends the sockets it opened; one opened by a later login stays."""
    user = unique("u")
    token = MINT.access_token(user, lifetime=timedelta(minutes=30))  # another second: else it is the same token
    async with (
        FeedClient.connected(feed.socket_url, token=token.encoded) as logged_out,
        FeedClient.connected(feed.socket_url, user_id=user) as stays,
    ):
        await logged_out.frame()
        await stays.frame()
        await platform.redis.publish("auth:revocations", json.dumps({"user_id": user, "jti": token.token_id}))
        closure = await logged_out.closure()
        await stays.say({"type": "ping"})

        assert closure.reason["message"] == "revoked"
        assert (await stays.frame())["event"] == "feed.pong"


async def test_revoked_before_it_came(feed: FeedProcess, platform: Publisher) -> None:
    """A token that was revoked, or issued before the user's logout from everywhere, opens nothing.

    One without a time of issue counts as issued before.
    """
    user, now = unique("u"), datetime.now(UTC).timestamp()
    revoked = MINT.access_token(user)
    timed = MINT.access_token(user, claims={"iat": int(now)}).encoded
    await platform.redis.set(revoked_token_key(TokenId(revoked.token_id)), "1", ex=60)
    async with FeedClient.connected(feed.socket_url, token=revoked.encoded) as client:
        by_token = await client.closure()
    await platform.redis.set(not_before_key(UserId(user)), "1", ex=60)
    async with FeedClient.connected(feed.socket_url, token=timed) as client:
        still_fine = await client.frame()
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        without_time = await client.closure()
    await platform.redis.set(not_before_key(UserId(user)), str(now + 60), ex=60)
    async with FeedClient.connected(feed.socket_url, token=timed) as client:
        by_time = await client.closure()

    endings = [(end.code, end.reason["message"]) for end in (by_token, without_time, by_time)]
    assert endings == [(1008, "revoked")] * 3
    assert still_fine["event"] == "feed.ready"


async def test_idle(valkey: RedisServer, tmp_path: Path) -> None:
    """A client that wasn't heard at all for the idle time is closed with 4408."""
    options = {"WEBSOCKET_PING_INTERVAL": "30", "WEBSOCKET_IDLE_TIMEOUT": "1"}
    async with (
        running_feed(tmp_path, valkey.url, options=options) as feed,
        FeedClient.connected(feed.socket_url, user_id=unique("u")) as client,
    ):
        await client.frame()
        ending = await ending_of(client)

    assert ending == (4408, "idle")


async def test_drain(valkey: RedisServer, tmp_path: Path) -> None:
    """A replica that is told to go sends each client away with 1012 and a slot of its own, and exits with 0."""
    async with running_feed(tmp_path, valkey.url) as feed:
        clients = [FeedClient.connected(feed.socket_url, user_id=unique("u")) for _ in range(3)]
        async with clients[0] as one, clients[1] as two, clients[2] as three:
            for client in (one, two, three):
                await client.frame()
            feed.send_signal(signal.SIGTERM)
            drains = [await client.frame() for client in (one, two, three)]
            closures = [await client.closure() for client in (one, two, three)]
        ended = await feed.wait_ended(within_s=PATIENCE_S)

    assert [frame["event"] for frame in drains] == ["feed.drain"] * 3
    assert [closure.code for closure in closures] == [1012] * 3
    slots = [closure.reason["retry_after_ms"] for closure in closures]
    assert sorted(slots, key=str) == [0, 2, 4]
    assert ended
    assert feed.exit_code == 0


async def test_places_are_given_back(valkey: RedisServer, platform: Publisher, tmp_path: Path) -> None:
    """A drained replica leaves no lease behind."""
    user = unique("u")
    async with running_feed(tmp_path, valkey.url) as feed:
        async with FeedClient.connected(feed.socket_url, user_id=user) as client:
            await client.frame()
            held = await platform.redis.zcard(f"feed:{{{user}}}:leases")
            feed.send_signal(signal.SIGTERM)
            await client.closure()
        ended = await feed.wait_ended(within_s=PATIENCE_S)
        left = await platform.redis.zcard(f"feed:{{{user}}}:leases")

    assert ended
    assert (held, left) == (1, 0)


async def test_a_hopeless_client(valkey: RedisServer, tmp_path: Path) -> None:
    """A token refused again and again is held before it hears so; others hear at once, and a drain ends the holding."""
    expired = token_for(unique("u"), lifetime=timedelta(seconds=-60))
    async with running_feed(tmp_path, valkey.url) as feed, AsyncExitStack() as connections:

        async def refused(token: str) -> asyncio.Task[tuple[int, object]]:
            client = await connections.enter_async_context(FeedClient.connected(feed.socket_url, token=token))
            return group.create_task(ending_of(client))

        async with asyncio.TaskGroup() as group:
            endings = [await refused(expired) for _ in range(8)]
            other = await refused(token_for(unique("u"), lifetime=timedelta(seconds=-60)))
            told_at_once = (await endings[0], await endings[1], await endings[2], await other)
            held = [ending for ending in endings if not ending.done()]
            feed.send_signal(signal.SIGTERM)
        assert await feed.wait_ended(within_s=PATIENCE_S)

    assert held
    assert {*told_at_once, *(ending.result() for ending in held)} == {(1008, "token_expired")}
    assert feed.exit_code == 0
