"""States in which a real Redis answers and refuses, and clients of one that doesn't answer at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from socket import create_server

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from common.redis_script import RedisScript
from sandbox.ports import LOOPBACK, free_port
from sandbox.redis_server import RedisServer
from tests.support.eventually import eventually

Trouble = Callable[[RedisServer, Redis], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def unreachable_redis() -> AsyncIterator[Redis]:
    """Yield a client, which tries once, of a port on which nothing listens."""
    async with Redis.from_url(f"redis://{LOOPBACK}:{free_port()}/0", retry=Retry(NoBackoff(), 0)) as client:
        yield client


@asynccontextmanager
async def hanging_redis() -> AsyncIterator[Redis]:
    """Yield a client, which tries once, of a server that accepts connections and stays silent."""
    with create_server((LOOPBACK, 0)) as silent:
        port = silent.getsockname()[1]
        async with Redis.from_url(f"redis://{LOOPBACK}:{port}/0", retry=Retry(NoBackoff(), 0)) as client:
            yield client


@asynccontextmanager
async def without_replicas(_server: RedisServer, redis: Redis) -> AsyncIterator[None]:
    """NOREPLICAS: it may write only while a replica follows, and none does."""
    await redis.config_set("min-replicas-to-write", 1)
    yield
    await redis.config_set("min-replicas-to-write", 0)


@asynccontextmanager
async def full(_server: RedisServer, redis: Redis) -> AsyncIterator[None]:
    """OOM: its memory is used up."""
    await redis.config_set("maxmemory", 1)
    yield
    await redis.config_set("maxmemory", 0)


@asynccontextmanager
async def demote(_server: RedisServer, redis: Redis) -> AsyncIterator[None]:
    """READONLY, and MASTERDOWN for readers: it has become the replica of a server that is away."""
    await redis.config_set("replica-serve-stale-data", "no")
    await redis.replicaof("127.0.0.1", "1")
    yield
    await redis.replicaof("NO", "ONE")
    await redis.config_set("replica-serve-stale-data", "yes")


@asynccontextmanager
async def unable_to_save(server: RedisServer, redis: Redis) -> AsyncIterator[None]:
    """MISCONF: a snapshot failed, for its file's name is taken by a folder."""
    (server.data / "dump.rdb").mkdir()
    await redis.config_set("save", "3600 1")
    await redis.bgsave()

    async def failed() -> bool:
        state = await redis.info("persistence")
        return not state["rdb_bgsave_in_progress"] and state["rdb_last_bgsave_status"] == "err"

    await eventually(failed)
    yield
    await redis.config_set("save", "")


@asynccontextmanager
async def running_a_script(server: RedisServer, redis: Redis) -> AsyncIterator[None]:
    """BUSY: a script has no end; ended, it was killed."""

    async def refuses() -> bool:
        try:
            await redis.ping()
        except RedisError as refusal:
            return str(refusal).startswith("BUSY ")
        return False

    async def run() -> None:
        async with Redis.from_url(server.url, protocol=2) as other:
            try:
                await RedisScript(other, "while true do end").run(keys=[], args=[])
            except RedisError:
                return

    await redis.config_set("busy-reply-threshold", 1)
    async with asyncio.TaskGroup() as group:
        group.create_task(run())
        await eventually(refuses)
        try:
            yield
        finally:
            await redis.script_kill()


TROUBLES: tuple[Trouble, ...] = (without_replicas, full, demote, unable_to_save, running_a_script)
