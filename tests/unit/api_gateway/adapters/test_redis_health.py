"""How Redis is, told in time whatever it does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from api_gateway.adapters.redis_health import PROBE_WITHIN_S, RedisHealth
from common.web.serving.health import DependencyHealth
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.servers import running

HEALTHY = DependencyHealth("redis", healthy=True)
UNHEALTHY = DependencyHealth("redis", healthy=False)


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Valkey of this test's own, to be stopped and hung."""
    async with running(RedisServer(tmp_path)) as started:
        yield started


@pytest_asyncio.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    """A client of it that never repeats by itself."""
    async with Redis.from_url(server.url, retry=Retry(NoBackoff(), 0)) as client:
        yield client


async def is_healthy(probe: RedisHealth) -> bool:
    """Tell whether an answer came in time, which a busy machine may prevent."""
    return await probe.health() == HEALTHY


async def test_a_redis_that_answers_is_healthy(redis: Redis) -> None:
    """One PING tells."""
    await eventually(lambda: is_healthy(RedisHealth(redis)))


@pytest.mark.parametrize("harm", [RedisServer.kill, RedisServer.freeze])
async def test_one_that_does_not_is_told_in_time(
    server: RedisServer, redis: Redis, harm: Callable[[RedisServer], Awaitable[None]]
) -> None:
    """Killed or hung, before or between two questions: nothing is raised, and nobody waits for long."""
    probe = RedisHealth(redis)
    await eventually(lambda: is_healthy(probe))
    await harm(server)

    async with asyncio.timeout(PROBE_WITHIN_S + PATIENCE_S):
        after = await probe.health()

    assert after == UNHEALTHY
