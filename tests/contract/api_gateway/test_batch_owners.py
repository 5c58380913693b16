"""What every BatchOwners promises: those in memory and those in Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from api_gateway.adapters.redis_batch_owners import RedisBatchOwners
from api_gateway.ports import BatchOwners, NoOwner
from common.identity.principal import UserId
from sandbox.redis_server import RedisServer
from tests.fakes.batch_owners import InMemoryBatchOwners
from tests.support.eventually import PATIENCE_S
from tests.support.redis_troubles import hanging_redis, unreachable_redis
from tests.support.servers import unique

ASA, BO = UserId("lärare-åsa"), UserId("bo")


@pytest_asyncio.fixture
async def redis(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared Valkey."""
    async with Redis.from_url(valkey.url, protocol=2) as client:
        yield client


@pytest.fixture(params=["memory", "redis"])
def owners(request: pytest.FixtureRequest, redis: Redis) -> BatchOwners:
    """Each implementation in turn."""
    return InMemoryBatchOwners() if request.param == "memory" else RedisBatchOwners(redis, deadline_s=PATIENCE_S)


async def test_a_registered_batch_has_its_owner(owners: BatchOwners) -> None:
    """Whatever the ids hold, they come back as they were."""
    batch_id = unique("batch {å} *")

    await owners.remember(batch_id, ASA)

    assert await owners.owner_of(batch_id) == ASA


async def test_a_batch_registered_elsewhere_has_none_here(owners: BatchOwners) -> None:
    """That is not the same as a store which can't be asked."""
    assert await owners.owner_of(unique("batch")) is NoOwner.UNREGISTERED


async def test_the_first_owner_stays(owners: BatchOwners) -> None:
    """A batch never changes hands, whatever is said later."""
    batch_id = unique("batch")
    await owners.remember(batch_id, ASA)

    await owners.remember(batch_id, BO)

    assert await owners.owner_of(batch_id) == ASA


@pytest.mark.parametrize("away", ["memory", "redis"])
async def test_a_store_that_is_away_denies_nobody(away: str) -> None:
    """Remembering fails without a word to the caller, and the answer is that nothing is known."""
    async with unreachable_redis() as nowhere:
        memory = InMemoryBatchOwners()
        memory.away = True
        owners: BatchOwners = memory if away == "memory" else RedisBatchOwners(nowhere)

        await owners.remember("b1", ASA)

        assert await owners.owner_of("b1") is NoOwner.UNKNOWN


async def test_a_store_that_hangs_is_not_waited_for() -> None:
    """A server that accepts and stays silent costs the deadline, no more."""
    async with hanging_redis() as hanging:
        async with asyncio.timeout(PATIENCE_S):
            found = await RedisBatchOwners(hanging).owner_of("b1")

    assert found is NoOwner.UNKNOWN


async def test_redis_forgets_after_a_day(redis: Redis) -> None:
    """By then the aggregator knows the batch."""
    batch_id = unique("batch")

    await RedisBatchOwners(redis, deadline_s=PATIENCE_S).remember(batch_id, ASA)

    assert 86_390 < await redis.ttl(f"edge:batch_owner:{batch_id}") <= 86_400
