from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from sandbox.redis_server import RedisServer
from tests.support.notification_logs import FakeWorld, LogWorld, RedisWorld
from tests.support.valkey_cluster import ValkeyCluster


@pytest.fixture(scope="package")
def fake_world() -> FakeWorld:
    """The log in memory."""
    return FakeWorld()


@pytest_asyncio.fixture(scope="package")
async def valkey_world(valkey: RedisServer) -> AsyncIterator[RedisWorld]:
    """The log on a standalone Valkey."""
    async with Redis.from_url(valkey.url, protocol=2) as redis:
        yield RedisWorld(redis, redis)


@pytest_asyncio.fixture(scope="package")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ValkeyCluster]:
    """Three primaries in a cluster."""
    async with ValkeyCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest_asyncio.fixture(scope="package")
async def cluster_world(cluster: ValkeyCluster) -> AsyncIterator[RedisWorld]:
    """The log on a cluster, its channels heard at a node that may own no key of the user."""
    async with cluster.client() as redis, Redis.from_url(cluster.servers[-1].url, protocol=2) as listener:
        yield RedisWorld(redis, listener)


@pytest.fixture(scope="package", params=["fake_world", "valkey_world", "cluster_world"])
def world(request: pytest.FixtureRequest) -> LogWorld:
    """Each world in turn."""
    found: LogWorld = request.getfixturevalue(request.param)
    return found
