"""A Redis that answers and refuses: what needs it says 503 and when to come again, what can go on goes on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from api_gateway.adapters.redis_credentials import RedisTickets
from api_gateway.adapters.redis_idempotency import RedisIdempotency
from api_gateway.adapters.request_limits import LocalLimits, RedisLimits
from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.ports import Caller, IdempotentRequest, RateClass, RatePolicy
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenId, UserId
from common.notification_log.redis_log import RedisNotificationLog
from sandbox.redis_server import RedisServer
from tests.fakes.clock import FakeClock
from tests.support.eventually import PATIENCE_S
from tests.support.redis_troubles import TROUBLES, Trouble, demote, full, running_a_script
from tests.support.servers import running, unique

CLOCK = FakeClock()
Call = Callable[[Redis], Awaitable[object]]


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A server of the test's own, to be brought into trouble."""
    async with running(RedisServer(tmp_path)) as own:
        yield own


@pytest_asyncio.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    """A client of ``server`` that tries once."""
    async with Redis.from_url(server.url, protocol=2, retry=Retry(NoBackoff(), 0)) as client:
        yield client


def teacher() -> Principal:
    """Return a user nobody else has."""
    return Principal(
        user_id=UserId(unique("teacher")),
        org_id=None,
        roles=frozenset(),
        issued_at=CLOCK.now(),
        expires_at=CLOCK.now() + timedelta(hours=1),
        token_id=TokenId("jti"),
    )


async def claim(redis: Redis) -> object:
    """Claim an idempotency key."""
    return await RedisIdempotency(redis, deadline_s=PATIENCE_S).claim(IdempotentRequest(unique("scope"), "f", 30.0))


async def issue(redis: Redis) -> object:
    """Issue a ticket for the feed."""
    return await RedisTickets(redis, CLOCK, deadline_s=PATIENCE_S).issue(teacher())


async def append(redis: Redis) -> object:
    """Keep a notification."""
    log = RedisNotificationLog(redis, service="tests", deadline_s=PATIENCE_S)
    return await log.append(teacher().user_id, event_id=uuid4(), message=b'{"event":"e"}')


async def read(redis: Redis) -> object:
    """Read notifications."""
    return await RedisNotificationLog(redis, service="tests", deadline_s=PATIENCE_S).read_latest(teacher().user_id)


async def refusal_of(call: Call, redis: Redis) -> HuleEduError:
    """Return what ``call`` raises."""
    with pytest.raises(HuleEduError) as raised:
        await call(redis)
    return raised.value


REFUSED = [(call, trouble) for call in (claim, issue) for trouble in TROUBLES] + [
    (append, trouble) for trouble in TROUBLES if trouble is not full
]
"""A script that begins by a write that takes no memory is let through by a full server: the log's is."""


@pytest.mark.parametrize(("call", "trouble"), REFUSED)
async def test_a_write_it_refuses_is_to_be_tried_again(
    call: Call, trouble: Trouble, server: RedisServer, redis: Redis
) -> None:
    """Nobody's request was wrong: 503 with Retry-After; and when the trouble is over, it is done."""
    async with trouble(server, redis):
        refused = await refusal_of(call, redis)
    await call(redis)

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize("trouble", [demote, running_a_script])
async def test_a_read_it_refuses_is_to_be_tried_again(trouble: Trouble, server: RedisServer, redis: Redis) -> None:
    """The same of those that only look."""
    async with trouble(server, redis):
        refused = await refusal_of(read, redis)

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_limits_are_counted_here_meanwhile(trouble: Trouble, server: RedisServer, redis: Redis) -> None:
    """Requests pass, counted by the fallback, whatever Redis says."""
    degraded: list[None] = []
    revoked = RevokedTokens()
    limits = RedisLimits(
        redis,
        fallback=LocalLimits(CLOCK, revoked),
        revoked=revoked,
        clock=CLOCK,
        degraded=lambda: degraded.append(None),
        decide_within_s=PATIENCE_S,
    )
    user = teacher()

    async with trouble(server, redis):
        admission = await limits.admit(
            Caller(budget=user.user_id, principal=user), RatePolicy(RateClass.REQUESTS, quota=3)
        )

    assert admission.rate.allowed
    assert len(degraded) == 1
