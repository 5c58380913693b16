"""What every TokenRevocations promises: those in memory and in Redis; and that both services heed what is written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from api_gateway.adapters.redis_credentials import ANSWER_WITHIN_S, RedisTokenRevocations
from api_gateway.adapters.request_limits import LocalLimits, RedisLimits
from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.ports import Caller, RateClass, RatePolicy, TokenRevocations
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import REVOCATIONS_CHANNEL, Revocation, read_revocation, revoked_token_key
from common.redis_client import RedisClient
from sandbox.redis_server import RedisServer
from tests.fakes.clock import FakeClock
from tests.fakes.token_revocations import FakeTokenRevocations
from tests.support.eventually import PATIENCE_S
from tests.support.redis_troubles import hanging_redis, unreachable_redis
from tests.support.servers import unique
from tests.support.valkey_cluster import ValkeyCluster
from websocket_service.adapters import redis_credentials as feed

CLOCK = FakeClock()
Covers = Callable[[Principal], Awaitable[bool]]


@pytest_asyncio.fixture
async def redis(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared Valkey."""
    async with Redis.from_url(valkey.url, protocol=2) as client:
        yield client


def revocations_in(redis: RedisClient) -> RedisTokenRevocations:
    """Return the gateway's, in that Redis, which a busy machine may keep from answering."""
    return RedisTokenRevocations(redis, CLOCK, RevokedTokens(), deadline_s=PATIENCE_S)


@dataclass(frozen=True, slots=True)
class World:
    """Revocations, and whether a token is covered by one."""

    revocations: TokenRevocations
    covers: Covers


@pytest.fixture(params=["memory", "redis"])
def world(request: pytest.FixtureRequest, redis: Redis) -> World:
    """Each implementation in turn."""
    fake = FakeTokenRevocations()

    async def in_memory(principal: Principal) -> bool:
        return any(revocation.covers(principal) for revocation in fake.made)

    async def in_redis(principal: Principal) -> bool:
        return await is_refused_by_both(redis, principal)

    if request.param == "memory":
        return World(fake, in_memory)
    return World(revocations_in(redis), in_redis)


async def is_refused_by_both(redis: RedisClient, principal: Principal) -> bool:
    """Tell whether gateway and feed refuse the token; they have to agree."""
    limits = RedisLimits(
        redis,
        fallback=LocalLimits(CLOCK, RevokedTokens()),
        revoked=RevokedTokens(),
        clock=CLOCK,
        degraded=lambda: None,
        decide_within_s=PATIENCE_S,
    )
    policy = RatePolicy(RateClass.REQUESTS, quota=100)
    by_gateway = (await limits.admit(Caller(f"user:{principal.user_id}", principal), policy)).revoked
    (by_feed,) = await feed.RedisRevocations(redis, deadline_s=PATIENCE_S).are_revoked([principal])
    assert by_gateway is by_feed
    return by_feed


def caller(*, left_s: float = 3600, token_id: str | None = None, user_id: str | None = None) -> Principal:
    """Return a caller whose token tells neither its id nor when it was issued."""
    return Principal(
        user_id=UserId(user_id or unique("lärare")),
        issued_at=None,
        expires_at=CLOCK.now() + timedelta(seconds=left_s),
        token_id=TokenId(token_id or f"sha256:{unique('digest')}"),
    )


async def test_a_revoked_token_counts_nowhere(world: World) -> None:
    """Also when it is revoked twice; the user's other tokens count on."""
    revoked = caller()
    other = caller(user_id=revoked.user_id)

    await world.revocations.revoke(revoked)
    await world.revocations.revoke(revoked)

    assert await world.covers(revoked)
    assert not await world.covers(other)


@pytest.mark.parametrize("left_s", [3600, 7.5, 0.1, 0, -60])
async def test_redis_forgets_a_revocation_once_the_token_has_expired(redis: Redis, left_s: float) -> None:
    """Not before it has, on a replica whose clock is ten seconds behind."""
    revoked = caller(left_s=left_s)

    await revocations_in(redis).revoke(revoked)

    lives_s = await redis.pttl(revoked_token_key(revoked.token_id)) / 1000
    assert max(0.0, left_s) < lives_s <= max(1.0, left_s + 11)


async def test_every_feed_is_told(redis: Redis) -> None:
    """The announcement covers the token's sockets, and stands for what is written down already."""
    revoked = caller()
    async with redis.pubsub(ignore_subscribe_messages=False) as channel:
        await channel.subscribe(REVOCATIONS_CHANNEL)
        await channel.get_message(timeout=PATIENCE_S)

        await revocations_in(redis).revoke(revoked)
        message = await channel.get_message(timeout=PATIENCE_S)

    assert message is not None
    assert read_revocation(message["data"]) == Revocation(revoked.user_id, revoked.token_id)


async def test_a_revocation_is_written_down_before_it_is_told(redis: Redis) -> None:
    """A feed that may have missed what was told looks up what is written: the other way round both could be missed."""
    revoked, seen = caller(), list[str]()
    async with redis.monitor() as monitor:
        await revocations_in(redis).revoke(revoked)
        while not seen or seen[-1] != "PUBLISH":
            command = (await monitor.next_command())["command"]
            seen += [command.split(" ", 1)[0]] if revoked.token_id in command else []

    assert seen == ["SET", "PUBLISH"]


async def test_in_a_cluster_too(tmp_path: Path) -> None:
    """Both services refuse the token, and a feed that listens at any of the nodes is told."""
    revoked, heard = caller(), list[bytes]()
    async with (
        ValkeyCluster(tmp_path) as running,
        running.client() as cluster,
        Redis.from_url(running.servers[-1].url, protocol=2) as node,
        node.pubsub(ignore_subscribe_messages=False) as channel,
    ):
        await channel.subscribe(REVOCATIONS_CHANNEL)
        await channel.get_message(timeout=PATIENCE_S)

        await revocations_in(cluster).revoke(revoked)
        message = await channel.get_message(timeout=PATIENCE_S)
        heard += [] if message is None else [message["data"]]

        assert await is_refused_by_both(cluster, revoked)
    assert [read_revocation(payload) for payload in heard] == [Revocation(revoked.user_id, revoked.token_id)]


async def test_without_redis_the_caller_is_told_when_to_come_again() -> None:
    """503, with a time: the token may count on."""
    async with unreachable_redis() as away:
        with pytest.raises(HuleEduError) as failure:
            await revocations_in(away).revoke(caller())

    assert (failure.value.error_code, failure.value.status_code) == (ErrorCode.CONNECTION_ERROR, 503)
    assert failure.value.headers["Retry-After"] == "1"


async def test_this_replica_refuses_the_token_without_redis_too() -> None:
    """What decides without Redis shares what was revoked here; the user's other tokens are accepted."""
    known, revoked = RevokedTokens(), caller()
    other = caller(user_id=revoked.user_id)
    limits, policy = LocalLimits(CLOCK, known), RatePolicy(RateClass.REQUESTS, quota=100)
    async with unreachable_redis() as away:
        with pytest.raises(HuleEduError):
            await RedisTokenRevocations(away, CLOCK, known, deadline_s=PATIENCE_S).revoke(revoked)

    decisions = [await limits.admit(Caller("user:anna", principal), policy) for principal in (revoked, other)]

    assert [decision.revoked for decision in decisions] == [True, False]


async def test_a_redis_that_hangs_is_not_waited_for() -> None:
    """A server that accepts and stays silent costs the deadline, no more."""
    async with hanging_redis() as hanging:
        async with asyncio.timeout(ANSWER_WITHIN_S + PATIENCE_S):
            with pytest.raises(HuleEduError) as failure:
                await RedisTokenRevocations(hanging, CLOCK, RevokedTokens()).revoke(caller())

    assert failure.value.error_code is ErrorCode.CONNECTION_ERROR
