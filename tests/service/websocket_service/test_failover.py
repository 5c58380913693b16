"""Redis' master ends and Sentinel promotes its replica: live sockets hear again, and what was lost is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import JsonValue
from redis.asyncio import Redis
from redis.exceptions import RedisError

from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.redis_client import make_redis
from sandbox.ports import LOOPBACK
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.feed import FeedClient, FeedProcess, Publisher, numbers_in, running_feed
from tests.support.notification_logs import keys_of
from tests.support.servers import running, unique
from tests.support.valkey_sentinel import (
    MASTER,
    SentinelServer,
    cut_off_replicas,
    fail_over_soon,
    knows_a_replica,
    sentinel_settings,
)

END = -1
PROMOTED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """A feed and its publisher on the master that Sentinel names."""

    master: RedisServer
    replica: RedisServer
    sentinel: SentinelServer
    feed: FeedProcess
    services: Publisher

    async def fail_over(self) -> None:
        """End the master; return when the replica has taken its place."""
        await self.master.kill()
        await fail_over_soon(self.sentinel)
        self.replica.thaw()
        await eventually(self.is_promoted, within_s=PROMOTED_WITHIN_S)

    async def is_promoted(self) -> bool:
        """Tell whether the replica is the master now; it drops its connections when it becomes that."""
        with suppress(RedisError):
            async with Redis.from_url(self.replica.url) as client:
                role: str = (await client.info("replication"))["role"]
                return role == "master"
        return False

    async def has_a_copy(self) -> bool:
        """Tell whether the replica has everything that was written."""
        return await self.services.redis.wait(1, 100) == 1


@asynccontextmanager
async def deployed(folder: Path) -> AsyncIterator[Deployment]:
    """Run all of it inside the block."""
    master = RedisServer(folder)
    replica = RedisServer(folder, options={"replicaof": f"{LOOPBACK} {master.port}"})
    async with (
        running(master),
        running(replica),
        running(SentinelServer(folder, master)) as sentinel,
    ):
        await eventually(lambda: knows_a_replica(sentinel))
        options = {
            "REDIS_MODE": "sentinel",
            "REDIS_SENTINELS": f"{LOOPBACK}:{sentinel.port}",
            "REDIS_SENTINEL_MASTER": MASTER,
        }
        redis = make_redis(master.url, sentinel_settings(sentinel), connect_within_s=PATIENCE_S)
        assert isinstance(redis, Redis)
        async with running_feed(folder, master.url, options=options) as feed, aclosing(redis):
            yield Deployment(master, replica, sentinel, feed, Publisher(redis, timeout_s=PATIENCE_S))


async def append_until_stopped(deployment: Deployment, user: str, stop: asyncio.Event) -> list[int]:
    """Append 0, 1, 2… and at last END, each once it and its copy are confirmed; return them."""
    appended: list[int] = []
    while END not in appended:
        number = END if stop.is_set() else len(appended)
        await eventually(partial(is_appended, deployment, user, number), within_s=PROMOTED_WITHIN_S)
        appended.append(number)
    return appended


async def is_appended(deployment: Deployment, user: str, number: int) -> bool:
    """Append unless that has happened, and tell whether it will last."""
    try:
        await deployment.services.notify_once(user, number)
        return await deployment.has_a_copy() or await deployment.is_promoted()
    except (HuleEduError, RedisError, OSError):
        return False


async def count(deployment: Deployment, user: str) -> int:
    """Return how many entries the user's log has."""
    async with Redis.from_url(deployment.replica.url) as client:
        return await client.xlen(keys_of(UserId(user)).stream)


async def has_many(deployment: Deployment, user: str, least: int) -> bool:
    """Tell whether the user's log has so many entries, as the replica knows it."""
    return await count(deployment, user) >= least


async def heard_to_the_end(client: FeedClient) -> Sequence[JsonValue]:
    """Return the numbers a client gets, END included, one that comes again later only where it came first."""
    numbers: list[JsonValue] = []
    while END not in numbers:
        numbers += numbers_in([await client.frame()])
    return list(dict.fromkeys(numbers))


async def test_under_traffic(tmp_path: Path) -> None:
    """Sockets stay open through it, and hear everything that lasts, in order."""
    users = [unique("u") for _ in range(3)]
    stop = asyncio.Event()
    async with deployed(tmp_path) as deployment, asyncio.TaskGroup() as group:
        url = deployment.feed.socket_url
        async with (
            FeedClient.connected(url, user_id=users[0]) as one,
            FeedClient.connected(url, user_id=users[1]) as two,
            FeedClient.connected(url, user_id=users[2]) as three,
        ):
            for client in (one, two, three):
                await client.frame()
            hearing = [group.create_task(heard_to_the_end(client)) for client in (one, two, three)]
            appending = [group.create_task(append_until_stopped(deployment, user, stop)) for user in users]
            await eventually(partial(has_many, deployment, users[-1], 20))
            await deployment.fail_over()
            kept = await count(deployment, users[-1])
            await eventually(partial(has_many, deployment, users[-1], kept + 20))
            stop.set()
            appended = [await task for task in appending]
            heard = [await task for task in hearing]

    assert heard == appended


async def test_what_was_lost(tmp_path: Path) -> None:
    """A client that has what the promoted replica never had is told to reset, and hears what happens from then on."""
    user = unique("u")
    async with (
        deployed(tmp_path) as deployment,
        FeedClient.connected(deployment.feed.socket_url, user_id=user) as client,
    ):
        await client.frame()
        kept = await deployment.services.notify(user, 1)
        await eventually(deployment.has_a_copy)
        await deployment.replica.freeze()
        await cut_off_replicas(deployment.master)
        await deployment.services.notify(user, 2)
        before = await client.frames(2)
        await deployment.fail_over()
        reset = await client.frame()
        await eventually(partial(is_appended, deployment, user, 3), within_s=PROMOTED_WITHIN_S)
        after = await client.frame()

    assert numbers_in(before) == [1, 2]
    assert reset == {"event": "feed.ready", "data": {"cursor": str(kept), "outcome": "reset"}}
    assert numbers_in([after]) == [3]
