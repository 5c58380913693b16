"""What every Revocations promises, and every Leases of revocations: those in memory and those in Redis."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis, RedisCluster

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import Revocation, not_before_key, revoked_token_key
from tests.fakes.leases import FakeLeases
from tests.fakes.revocations import FakeRevocations
from tests.support.eventually import PATIENCE_S
from tests.support.moments import ISSUED, MOMENTS
from tests.support.servers import unique
from websocket_service.adapters.redis_credentials import RedisRevocations
from websocket_service.adapters.redis_leases import RedisLeases
from websocket_service.live.ports import Leases, Revocations

Revoke = Callable[[Revocation], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class World:
    """Both that know revocations, and the way to revoke."""

    revocations: Revocations
    leases: Leases
    revoke: Revoke


@pytest.fixture(params=["memory", "redis"])
def world(request: pytest.FixtureRequest, redis: Redis | RedisCluster) -> World:
    """Each implementation in turn."""
    fake = FakeRevocations()

    async def in_memory(revocation: Revocation) -> None:
        fake.made.append(revocation)

    async def in_redis(revocation: Revocation) -> None:
        if revocation.token_id is not None:
            await redis.set(revoked_token_key(revocation.token_id), "1", ex=60)
        if revocation.not_before is not None:
            await redis.set(not_before_key(revocation.user_id), str(revocation.not_before), ex=60)

    if request.param == "memory":
        return World(fake, FakeLeases(fake), in_memory)
    return World(*over(redis), in_redis)


def over(redis: Redis | RedisCluster) -> tuple[Revocations, Leases]:
    """Return the real ones."""
    return RedisRevocations(redis, deadline_s=PATIENCE_S), RedisLeases(redis, places=5, deadline_s=PATIENCE_S)


def caller(token_id: str | None = None, *, issued_at: datetime | None = ISSUED) -> Principal:
    """Return somebody whose token was issued at ISSUED, or doesn't tell when."""
    return Principal(
        user_id=UserId(unique("åsa")),
        issued_at=issued_at,
        expires_at=ISSUED + timedelta(hours=1),
        token_id=TokenId(token_id or unique("jti")),
    )


async def refused(revocations: Revocations, leases: Leases, principal: Principal) -> bool:
    """Tell whether the token counts no longer; both have to agree."""
    told = [
        await is_refused(asked) for asked in (revocations.check(principal), leases.acquire(principal, "lease", None))
    ]
    assert told[0] is told[1]
    return told[0]


async def is_refused(asked: Awaitable[object]) -> bool:
    """Tell whether the answer is that the token is revoked."""
    try:
        await asked
    except HuleEduError as refusal:
        return refusal.error_detail.details["reason"] == "revoked"
    return False


async def test_nothing_revoked(world: World) -> None:
    """A token nobody revoked counts, whether it tells when it was issued or not."""
    assert not await refused(world.revocations, world.leases, caller())
    assert not await refused(world.revocations, world.leases, caller(issued_at=None))


async def test_one_token(world: World) -> None:
    """A revoked token counts no longer; the user's others do."""
    revoked = caller(unique("jti"))
    await world.revoke(Revocation(revoked.user_id, token_id=revoked.token_id))

    assert await refused(world.revocations, world.leases, revoked)
    assert not await refused(world.revocations, world.leases, caller(unique("jti")))


async def test_no_place_left(world: World) -> None:
    """Who has no place left is told first that the token counts no longer: another tab closed wouldn't help."""
    revoked = caller()
    for number in range(5):
        await world.leases.acquire(revoked, f"lease-{number}", None)
    await world.revoke(Revocation(revoked.user_id, not_before=ISSUED.timestamp() + 60))

    assert await is_refused(world.leases.acquire(revoked, "sixth", None))


async def test_many(world: World) -> None:
    """Of many it is told of each, in order, as if each were asked about alone."""
    by_token, by_moment = caller(unique("jti")), caller()
    await world.revoke(Revocation(by_token.user_id, token_id=by_token.token_id))
    await world.revoke(Revocation(by_moment.user_id, not_before=ISSUED.timestamp() + 60))
    asked = [caller(), by_token, caller(unique("jti")), by_moment, by_token]

    assert await world.revocations.are_revoked(asked) == [False, True, False, True, True]
    assert await world.revocations.are_revoked([]) == []


@pytest.mark.parametrize(("after_s", "gone"), [(-1, False), (0, False), (0.9, False), (1, True), (60, True)])
async def test_everything_before(world: World, after_s: float, *, gone: bool) -> None:
    """Tokens issued before the moment count no longer; one of that very second does."""
    principal = caller()
    await world.revoke(Revocation(principal.user_id, not_before=ISSUED.timestamp() + after_s))

    assert await refused(world.revocations, world.leases, principal) is gone


@pytest.mark.parametrize("moment_s", [0, 1, ISSUED.timestamp()])
async def test_a_token_without_a_time_of_issue_is_older_than_any_moment(world: World, moment_s: float) -> None:
    """The platform's tokens have no ``iat``: a "not before" means all of the user's."""
    principal = caller(issued_at=None)
    await world.revoke(Revocation(principal.user_id, not_before=moment_s))

    assert await refused(world.revocations, world.leases, principal)


@pytest.mark.parametrize(("told", "gone"), MOMENTS)
async def test_the_moment_as_redis_holds_it(redis: Redis | RedisCluster, told: str | bytes, *, gone: bool) -> None:
    """Decimal seconds are compared; what can't be read lets nobody in."""
    principal = caller()
    await redis.set(not_before_key(principal.user_id), told, ex=60)

    assert await refused(*over(redis), principal) is gone
