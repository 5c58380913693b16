"""What every Revocations promises: those in memory and those in Redis."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis, RedisCluster

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import Revocation, not_before_key, revoked_token_key
from tests.fakes.revocations import FakeRevocations
from tests.support.moments import ISSUED, MOMENTS
from tests.support.servers import unique
from websocket_service.adapters.redis_revocations import RedisRevocations
from websocket_service.ports import Revocations

Revoke = Callable[[Revocation], Awaitable[None]]
World = tuple[Revocations, Revoke]


@pytest.fixture(params=["memory", "redis"])
def world(request: pytest.FixtureRequest, redis: Redis | RedisCluster) -> World:
    """Each implementation in turn, and the way to revoke in it."""
    fake = FakeRevocations()

    async def in_memory(revocation: Revocation) -> None:
        fake.made.append(revocation)

    async def in_redis(revocation: Revocation) -> None:
        if revocation.token_id is not None:
            await redis.set(revoked_token_key(revocation.token_id), "1", ex=60)
        if revocation.not_before is not None:
            await redis.set(not_before_key(revocation.user_id), str(revocation.not_before), ex=60)

    return (fake, in_memory) if request.param == "memory" else (RedisRevocations(redis, deadline_s=1), in_redis)


def caller(token_id: str | None = None) -> Principal:
    """Return somebody whose token was issued at ISSUED."""
    return Principal(
        user_id=UserId(unique("åsa")),
        issued_at=ISSUED,
        expires_at=ISSUED + timedelta(hours=1),
        token_id=None if token_id is None else TokenId(token_id),
    )


async def refused(revocations: Revocations, principal: Principal) -> bool:
    """Tell whether the token counts no longer."""
    try:
        await revocations.check(principal)
    except HuleEduError as refusal:
        return refusal.error_detail.details["reason"] == "revoked"
    return False


async def test_nothing_revoked(world: World) -> None:
    """A token nobody revoked counts, with an id or without."""
    revocations, _ = world

    assert not await refused(revocations, caller())
    assert not await refused(revocations, caller(unique("jti")))


async def test_one_token(world: World) -> None:
    """A revoked token counts no longer; the user's others do."""
    revocations, revoke = world
    revoked = caller(unique("jti"))
    await revoke(Revocation(revoked.user_id, token_id=revoked.token_id))

    assert await refused(revocations, revoked)
    assert not await refused(revocations, caller(unique("jti")))


async def test_many(world: World) -> None:
    """Of many it is told of each, in order, as if each were asked about alone."""
    revocations, revoke = world
    by_token, by_moment = caller(unique("jti")), caller()
    await revoke(Revocation(by_token.user_id, token_id=by_token.token_id))
    await revoke(Revocation(by_moment.user_id, not_before=ISSUED.timestamp() + 60))
    asked = [caller(), by_token, caller(unique("jti")), by_moment, by_token]

    assert await revocations.revoked(asked) == [False, True, False, True, True]
    assert await revocations.revoked([]) == []


@pytest.mark.parametrize(("after_s", "gone"), [(-1, False), (0, False), (0.9, False), (1, True), (60, True)])
async def test_everything_before(world: World, after_s: float, *, gone: bool) -> None:
    """Tokens issued before the moment count no longer; one of that very second does."""
    revocations, revoke = world
    principal = caller()
    await revoke(Revocation(principal.user_id, not_before=ISSUED.timestamp() + after_s))

    assert await refused(revocations, principal) is gone


@pytest.mark.parametrize(("told", "gone"), MOMENTS)
async def test_the_moment_as_redis_holds_it(redis: Redis | RedisCluster, told: str | bytes, *, gone: bool) -> None:
    """Decimal seconds are compared; what can't be read lets nobody in."""
    principal = caller()
    await redis.set(not_before_key(principal.user_id), told, ex=60)

    assert await refused(RedisRevocations(redis, deadline_s=1), principal) is gone
