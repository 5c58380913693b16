"""Redis goes, hangs, forgets: live sockets stay open and lose nothing that was appended."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from pydantic import JsonValue
from redis.exceptions import RedisError

from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.identity.revocation import REVOCATIONS_CHANNEL, not_before_key
from common.identity.tickets import new_ticket
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.feed import FeedClient, FeedProcess, Publisher, numbers_in, publisher, running_feed
from tests.support.servers import running, unique

END = -1

Trouble = Callable[[RedisServer], Awaitable[None]]


@pytest_asyncio.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Valkey of the test's own."""
    async with running(RedisServer(tmp_path)) as server:
        yield server


@pytest_asyncio.fixture
async def lone_feed(redis: RedisServer, tmp_path: Path) -> AsyncIterator[FeedProcess]:
    """A replica over that Valkey."""
    async with running_feed(tmp_path, redis.url) as replica:
        yield replica


@pytest_asyncio.fixture
async def services(redis: RedisServer) -> AsyncIterator[Publisher]:
    """Services that publish to that Valkey."""
    async with publisher(redis.url, timeout_s=1) as publishing:
        yield publishing


async def append_until_stopped(services: Publisher, user: str, stop: asyncio.Event) -> list[int]:
    """Append 0, 1, 2… and at last END; return them. The pause leaves the servers time for the clients."""
    appended: list[int] = []
    while END not in appended:
        number = END if stop.is_set() else len(appended)
        await append_surely(services, user, number)
        appended.append(number)
        await asyncio.sleep(0.002)
    return appended


async def append_surely(services: Publisher, user: str, number: int) -> None:
    """Append through every failure: one that isn't confirmed may have happened. The pause spares the server."""
    while True:
        try:
            await services.notify_once(user, number)
        except (HuleEduError, RedisError, OSError):
            await asyncio.sleep(0.05)
        else:
            return


async def read_to_the_end(client: FeedClient) -> Sequence[JsonValue]:
    """Return the numbers a client gets, END included."""
    numbers: list[JsonValue] = []
    async with asyncio.timeout(120):
        while END not in numbers:
            numbers += numbers_in([await client.frame()])
    return numbers


async def kill_and_restart(redis: RedisServer) -> None:
    """Kill the server and start it again, three times: it serves for a while, and is away for a while, as real ones."""
    for _ in range(3):
        await asyncio.sleep(0.5)
        await redis.kill()
        await asyncio.sleep(0.3)
        await redis.start()


async def hang(redis: RedisServer) -> None:
    """Have the server answer nothing, its connections open, for longer than the feed waits for an answer."""
    await asyncio.sleep(0.5)
    await redis.freeze()
    await asyncio.sleep(6)
    redis.thaw()


async def kick_subscribers(redis: RedisServer) -> None:
    """Close every pub/sub connection, again and again, with time to connect anew in between."""
    async with publisher(redis.url) as admin:
        for _ in range(15):
            await asyncio.sleep(0.1)
            await admin.redis.client_kill_filter(_type="pubsub")


@pytest.mark.parametrize("trouble", [kill_and_restart, hang, kick_subscribers])
async def test_nothing_lost_nothing_twice(
    trouble: Trouble, redis: RedisServer, lone_feed: FeedProcess, services: Publisher
) -> None:
    """Whatever becomes of Redis, each socket gets every appended message once, in order, and stays open."""
    users = [unique("u") for _ in range(10)]
    stop = asyncio.Event()
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        clients = [
            await stack.enter_async_context(FeedClient.connected(lone_feed.socket_url, user_id=user))
            for user in users
            for _ in range(2)
        ]
        for client in clients:
            await client.frame()
        reading = [group.create_task(read_to_the_end(client)) for client in clients]
        appending = [group.create_task(append_until_stopped(services, user, stop)) for user in users]
        await trouble(redis)
        stop.set()
        appended = [await task for task in appending]
        received = [await task for task in reading]

    assert received[::2] == appended
    assert received[1::2] == appended


async def test_revoked_while_nothing_was_heard(lone_feed: FeedProcess, services: Publisher) -> None:
    """A revocation published while the pub/sub connection is gone closes the user's sockets once it is back."""
    user, other = unique("u"), unique("u")
    moment = str(datetime.now(UTC).timestamp() + 60)
    async with (
        FeedClient.connected(lone_feed.socket_url, user_id=user) as client,
        FeedClient.connected(lone_feed.socket_url, user_id=other) as stays,
    ):
        await client.frame()
        await stays.frame()
        at_once = services.redis.pipeline(transaction=False)
        at_once.client_kill_filter(_type="pubsub")
        at_once.set(not_before_key(UserId(user)), moment, ex=60)
        at_once.publish(REVOCATIONS_CHANNEL, json.dumps({"user_id": user, "not_before": moment}))
        killed, _, receivers = await at_once.execute()
        async with asyncio.timeout(PATIENCE_S):
            closure = await client.closure()
        await stays.say({"type": "ping"})

        assert (await stays.frame())["event"] == "feed.pong"
    assert (killed, receivers) == (1, 0)
    assert (closure.code, closure.reason["message"]) == (1008, "revoked")


async def test_away_when_a_client_comes(redis: RedisServer, lone_feed: FeedProcess) -> None:
    """A client that comes while Redis is away is closed with 1013 and a time to come back; the replica is unready.

    By whatever credential, and by event stream the same is told by HTTP.
    """
    ticket = f"ticket={new_ticket()}"
    await redis.kill()

    async def unready() -> bool:
        return not await lone_feed.answers()

    await eventually(unready)
    async with FeedClient.connected(lone_feed.socket_url, user_id=unique("u")) as client:
        by_token = await client.closure()
    async with FeedClient.connected(lone_feed.socket_url, token="", query=ticket) as client:
        by_ticket = await client.closure()
    async with ClientSession() as session, session.get(f"{lone_feed.http_url}/events?{ticket}") as response:
        stream = (response.status, (await response.json())["error"]["code"], int(response.headers["Retry-After"]))
    await redis.start()
    await eventually(lone_feed.answers)

    for closure in (by_token, by_ticket):
        assert closure.code == 1013
        assert closure.reason["error_code"] == "SERVICE_OVERLOADED"
        assert isinstance(closure.reason["retry_after_ms"], int)
        assert 1000 <= closure.reason["retry_after_ms"] <= 5000
    assert stream[:2] == (503, "SERVICE_OVERLOADED")
    assert 1 <= stream[2] <= 5


async def test_wiped(lone_feed: FeedProcess, services: Publisher) -> None:
    """When the server has lost everything, a live client is told so, and goes on in the new history."""
    user = unique("u")
    async with FeedClient.connected(lone_feed.socket_url, user_id=user) as client:
        await client.frame()
        await services.notify(user, 1)
        before = await client.frame()
        await services.redis.flushall()
        cursor = await services.notify(user, 2)
        reset, after = await client.frames(2)

    assert before["id"] != after["id"] == str(cursor)
    assert reset["event"] == "feed.ready"
    assert isinstance(reset["data"], dict)
    assert reset["data"]["outcome"] == "reset"
    assert numbers_in([after]) == [2]
