from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis, RedisCluster

from sandbox.redis_server import RedisServer
from tests.support.valkey_cluster import ValkeyCluster


@pytest_asyncio.fixture(scope="session")
async def standalone(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared Valkey."""
    async with Redis.from_url(valkey.url, protocol=2, socket_timeout=1) as redis:
        yield redis


@pytest_asyncio.fixture(scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisCluster]:
    """A client of three primaries in a cluster."""
    async with (
        ValkeyCluster(tmp_path_factory.mktemp("feed-cluster")) as servers,
        servers.client() as redis,
    ):
        yield redis


@pytest.fixture(scope="session", params=["standalone", "cluster"])
def redis(request: pytest.FixtureRequest) -> Redis | RedisCluster:
    """Each deployment in turn."""
    client: Redis | RedisCluster = request.getfixturevalue(request.param)
    return client
