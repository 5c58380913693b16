from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio
from redis.asyncio import Redis, RedisCluster

from common.redis_client import make_redis
from common.settings.shared import RedisMode
from sandbox.redis_server import RedisServer
from tests.support.real_ingest import redis_settings
from tests.support.valkey_cluster import ValkeyCluster


@pytest_asyncio.fixture(scope="package")
async def standalone(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared Valkey, made as the feed makes its own."""
    client = make_redis(valkey.url, redis_settings())
    assert isinstance(client, Redis)
    async with aclosing(client):
        yield client


@pytest_asyncio.fixture(scope="package")
async def primaries(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ValkeyCluster]:
    """Three primaries in a cluster."""
    async with ValkeyCluster(tmp_path_factory.mktemp("feed-cluster")) as servers:
        yield servers


@pytest_asyncio.fixture(scope="package")
async def cluster(primaries: ValkeyCluster) -> AsyncIterator[RedisCluster]:
    """A client of that cluster, made as the feed makes its own."""
    client = make_redis(primaries.servers[0].url, redis_settings(RedisMode.CLUSTER))
    assert isinstance(client, RedisCluster)
    async with aclosing(client):
        yield client


@pytest.fixture(scope="package", params=["standalone", "cluster"])
def redis(request: pytest.FixtureRequest) -> Redis | RedisCluster:
    """Each deployment in turn."""
    client: Redis | RedisCluster = request.getfixturevalue(request.param)
    return client
