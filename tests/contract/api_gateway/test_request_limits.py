"""What every RequestLimits promises: the local ones and those in Redis; and what Redis adds."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from structlog.testing import capture_logs

from api_gateway.adapters.request_limits import LocalLimits, RedisLimits
from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.ports import Caller, RateClass, RatePolicy, RequestLimits
from common.clock import SystemClock
from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import not_before_key, revoked_token_key
from common.redis_client import RedisClient
from sandbox.ports import free_port
from sandbox.redis_server import RedisServer
from tests.fakes.clock import FakeClock
from tests.support.eventually import PATIENCE_S
from tests.support.moments import ISSUED, MOMENTS
from tests.support.servers import stop_at_end, unique
from tests.support.valkey_cluster import ValkeyCluster

POLICY = RatePolicy(RateClass.REQUESTS, quota=3)


class Degraded:
    """Counts the requests that were decided without Redis."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        """Count one."""
        self.count += 1


def redis_limits(redis: RedisClient, degraded: Degraded, clock: FakeClock | None = None) -> RedisLimits:
    """Return limits in Redis whose fallback counts for itself."""
    clock, revoked = clock or FakeClock(), RevokedTokens()
    return RedisLimits(
        redis,
        fallback=LocalLimits(clock, revoked),
        revoked=revoked,
        clock=clock,
        degraded=degraded,
        decide_within_s=PATIENCE_S,
    )


def bearer(user: str, token_id: str = "jti", *, issued_at: datetime | None = ISSUED) -> Caller:
    """Return a caller with a token."""
    principal = Principal(
        user_id=UserId(user),
        org_id=None,
        roles=frozenset(),
        issued_at=issued_at,
        expires_at=ISSUED + timedelta(hours=1),
        token_id=TokenId(token_id),
    )
    return Caller(f"user:{user}", principal)


@pytest_asyncio.fixture
async def redis(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared Valkey."""
    async with Redis.from_url(valkey.url, protocol=2) as client:
        yield client


@pytest.fixture(params=["local", "redis"])
def limits(request: pytest.FixtureRequest, redis: Redis) -> RequestLimits:
    """Each implementation in turn."""
    return LocalLimits(SystemClock(), RevokedTokens()) if request.param == "local" else redis_limits(redis, Degraded())


async def test_a_budget_holds_its_quota(limits: RequestLimits) -> None:
    """Three of four requests pass; the fourth learns when to come back."""
    caller = Caller(unique("ip"))

    admissions = [await limits.admit(caller, POLICY) for _ in range(4)]

    assert [one.rate.allowed for one in admissions] == [True, True, True, False]
    assert [one.rate.remaining for one in admissions] == [2, 1, 0, 0]
    assert 15 < admissions[3].rate.retry_after_s <= 20
    assert 55 < admissions[3].rate.reset_s <= 60


async def test_budgets_are_apart_by_caller_and_by_class(limits: RequestLimits) -> None:
    """One caller's commands don't use up her requests, nor another's."""
    anna, bo = Caller(unique("ip")), Caller(unique("ip"))
    one = RatePolicy(RateClass.COMMANDS, quota=1)

    spent = [await limits.admit(anna, one), await limits.admit(anna, one)]
    others = [await limits.admit(bo, one), await limits.admit(anna, POLICY)]

    assert [admission.rate.allowed for admission in spent] == [True, False]
    assert all(admission.rate.allowed for admission in others)


async def test_of_many_at_once_the_quota_passes(limits: RequestLimits) -> None:
    """A burst is decided one by one: no overshoot."""
    caller = Caller(unique("ip"))

    admissions = await asyncio.gather(*(limits.admit(caller, POLICY) for _ in range(40)))

    assert sum(admission.rate.allowed for admission in admissions) == 3


async def test_two_replicas_share_a_budget(redis: Redis) -> None:
    """What one replica allowed, the other counts."""
    caller = Caller(unique("ip"))
    one, other = redis_limits(redis, Degraded()), redis_limits(redis, Degraded())

    allowed = [(await limits.admit(caller, POLICY)).rate.allowed for limits in (one, other, one, other)]

    assert allowed == [True, True, True, False]


async def test_a_budget_that_was_full_long_ago_is_full_and_no_more(redis: Redis) -> None:
    """A rest saves nothing up, also while the key is still there."""
    budget = unique("ip")
    await redis.set(f"edge:rate:requests:{budget}", "1000000.000")
    degraded = Degraded()
    limits = redis_limits(redis, degraded)

    allowed = [(await limits.admit(Caller(budget), POLICY)).rate.allowed for _ in range(4)]

    assert allowed == [True, True, True, False]
    assert degraded.count == 0


async def test_a_budget_of_before_the_clock_was_set_back_is_full(redis: Redis) -> None:
    """A budget that Redis noted while its clock was ahead by hours doesn't count once the clock is right."""
    budget = unique("ip")
    seconds, _ = await redis.time()
    await redis.set(f"edge:rate:requests:{budget}", f"{(seconds + 7200) * 1_000_000}.000")

    admissions = [await redis_limits(redis, Degraded()).admit(Caller(budget), POLICY) for _ in range(4)]

    assert [one.rate.allowed for one in admissions] == [True, True, True, False]
    assert admissions[3].rate.retry_after_s <= 20


async def test_a_budget_is_forgotten_once_it_is_full_again(redis: Redis) -> None:
    """Keys expire with what they tell, so that callers of long ago take no memory."""
    budget = unique("ip")

    await redis_limits(redis, Degraded()).admit(Caller(budget), POLICY)

    assert 19_000 < await redis.pttl(f"edge:rate:requests:{budget}") <= 20_010


async def test_a_revoked_token_is_told_and_spends_nothing(redis: Redis) -> None:
    """Logout counts at once, on every replica."""
    limits, caller = redis_limits(redis, Degraded()), bearer(unique("teacher"), unique("jti"))
    assert caller.principal is not None

    await redis.set(revoked_token_key(caller.principal.token_id), "1")
    revoked = await limits.admit(caller, POLICY)
    await redis.delete(revoked_token_key(caller.principal.token_id))
    again = await limits.admit(caller, POLICY)

    assert revoked.revoked
    assert not again.revoked
    assert again.rate.remaining == 2


@pytest.mark.parametrize(("told", "revoked"), MOMENTS)
async def test_tokens_issued_before_a_moment_are_revoked(redis: Redis, told: str | bytes, *, revoked: bool) -> None:
    """A per-user "not before" ends older tokens, one that can't be read all of them."""
    caller = bearer(unique("teacher"))
    assert caller.principal is not None
    await redis.set(not_before_key(caller.principal.user_id), told)

    admission = await redis_limits(redis, Degraded()).admit(caller, POLICY)

    assert admission.revoked is revoked


@pytest.mark.parametrize("told", [told for told, _ in MOMENTS])
async def test_a_token_without_a_time_of_issue_is_older_than_any_moment(redis: Redis, told: str | bytes) -> None:
    """The platform's tokens have no ``iat``: a "not before" means all of the user's; without one they count."""
    caller = bearer(unique("teacher"), issued_at=None)
    assert caller.principal is not None
    before = await redis_limits(redis, Degraded()).admit(caller, POLICY)
    await redis.set(not_before_key(caller.principal.user_id), told)

    admission = await redis_limits(redis, Degraded()).admit(caller, POLICY)

    assert (before.revoked, admission.revoked) == (False, True)


async def test_a_moment_that_cannot_be_read_is_logged(redis: Redis) -> None:
    """Somebody has to mend it: until then its user is shut out."""
    user = unique("teacher")
    await redis.set(not_before_key(UserId(user)), "soon")

    with capture_logs() as lines:
        await redis_limits(redis, Degraded()).admit(bearer(user), POLICY)

    assert [(line["event"], line["user_id"]) for line in lines] == [("revocation.unreadable_moment", user)]


async def test_without_redis_the_fallback_decides_and_it_is_counted() -> None:
    """Redis away: the token is accepted, the local budget holds."""
    degraded = Degraded()
    async with Redis.from_url(f"redis://127.0.0.1:{free_port()}/0") as nowhere:
        limits = redis_limits(nowhere, degraded)

        admissions = [await limits.admit(bearer("anna"), POLICY) for _ in range(4)]

    assert [admission.rate.allowed for admission in admissions] == [True, True, True, False]
    assert not any(admission.revoked for admission in admissions)
    assert degraded.count == 4


async def test_a_token_found_revoked_stays_so_without_redis(tmp_path: Path) -> None:
    """The user's other tokens, which this replica knows nothing of, are accepted meanwhile."""
    server, revoked, other = RedisServer(tmp_path), bearer("anna", "revoked"), bearer("anna", "other")
    async with Redis.from_url(server.url, protocol=2, retry=Retry(NoBackoff(), 0)) as redis:
        limits = redis_limits(redis, Degraded())
        async with stop_at_end(server):
            await server.start()
            await redis.set(revoked_token_key(TokenId("revoked")), "1")
            await limits.admit(revoked, POLICY)

        admissions = [await limits.admit(caller, POLICY) for caller in (revoked, other)]

    assert [admission.revoked for admission in admissions] == [True, False]


async def test_redis_is_left_alone_after_failing_and_asked_again_later(tmp_path: Path) -> None:
    """Three failures in a row rest Redis for a second; then it is asked again and counts."""
    clock, degraded, server = FakeClock(), Degraded(), RedisServer(tmp_path)
    async with stop_at_end(server), Redis.from_url(server.url, protocol=2, retry=Retry(NoBackoff(), 0)) as redis:
        limits = redis_limits(redis, degraded, clock)
        for _ in range(3):
            await limits.admit(Caller("ip:early"), POLICY)
        await server.start()

        await limits.admit(Caller("ip:resting"), POLICY)
        while_resting = degraded.count
        clock.advance(1.1)
        await limits.admit(Caller("ip:late"), POLICY)

    assert while_resting == 4
    assert degraded.count == 4


async def test_a_cluster_gives_the_same_answers(tmp_path: Path) -> None:
    """The three keys live on different servers of a cluster; budget and revocation hold there too."""
    caller, moments = bearer("anna", "jti-of-anna"), [bearer(f"teacher-{told!r}") for told, _ in MOMENTS]
    without_time = bearer("teacher-'0'", issued_at=None)
    async with ValkeyCluster(tmp_path) as running, running.client() as cluster:
        limits = redis_limits(cluster, Degraded())

        allowed = [(await limits.admit(caller, POLICY)).rate.allowed for _ in range(4)]
        await cluster.set(revoked_token_key(TokenId("jti-of-anna")), "1")
        revoked = await limits.admit(caller, POLICY)
        for told, _ in MOMENTS:
            await cluster.set(not_before_key(UserId(f"teacher-{told!r}")), told)
        by_moment = [(await limits.admit(each, POLICY)).revoked for each in moments]
        by_any_moment = (await limits.admit(without_time, POLICY)).revoked

    assert allowed == [True, True, True, False]
    assert revoked.revoked
    assert by_moment == [gone for _, gone in MOMENTS]
    assert by_any_moment
