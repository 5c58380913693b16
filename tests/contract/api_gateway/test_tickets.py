"""What every Tickets promises: those in memory and those in Redis; and that the feed takes what the gateway leaves."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from api_gateway.adapters.redis_credentials import ANSWER_WITHIN_S, RedisTickets
from api_gateway.ports import TicketIssuer
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import OrgId, Principal, TokenId, UserId
from common.identity.tickets import ticket_key
from sandbox.redis_server import RedisServer
from tests.fakes.clock import FakeClock
from tests.fakes.tickets import FakeTickets
from tests.support.eventually import PATIENCE_S
from tests.support.redis_troubles import hanging_redis, unreachable_redis
from tests.support.servers import unique
from websocket_service.adapters import redis_credentials as feed

CLOCK = FakeClock()


@pytest_asyncio.fixture
async def redis(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared Valkey."""
    async with Redis.from_url(valkey.url, protocol=2) as client:
        yield client


@pytest.fixture(params=["memory", "redis"])
def tickets(request: pytest.FixtureRequest, redis: Redis) -> TicketIssuer:
    """Each implementation in turn."""
    return FakeTickets(CLOCK) if request.param == "memory" else tickets_in(redis)


def tickets_in(redis: Redis, clock: FakeClock = CLOCK) -> RedisTickets:
    """Return the gateway's, in that Redis, which a busy machine may keep from answering."""
    return RedisTickets(redis, clock, deadline_s=PATIENCE_S)


def teacher(*, left: timedelta = timedelta(hours=1)) -> Principal:
    """Return a caller whose token has ``left`` to live."""
    return Principal(
        user_id=UserId(unique("lärare")),
        org_id=OrgId("school-1"),
        roles=frozenset({"teacher", "admin"}),
        issued_at=CLOCK.now() - timedelta(minutes=5),
        expires_at=CLOCK.now() + left,
        token_id=TokenId(unique("jti")),
    )


async def redeemed(redis: Redis, ticket: str, clock: FakeClock = CLOCK) -> Principal:
    """Return whom the feed takes the ticket's bearer for."""
    return await feed.RedisTicketRedeemer(redis, clock, deadline_s=PATIENCE_S).redeem(ticket)


async def test_a_ticket_goes_into_a_url_and_is_never_the_same(tickets: TicketIssuer) -> None:
    """Each is 256 random bits, in characters no URL escapes."""
    caller = teacher()

    first, second = await tickets.issue(caller), await tickets.issue(caller)

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first.ticket)
    assert first.ticket != second.ticket
    assert first.ticket not in repr(first)


@pytest.mark.parametrize(("left_s", "seconds"), [(3600, 30), (30, 30), (29.9, 29), (1, 1)])
async def test_a_ticket_ends_no_later_than_its_token(tickets: TicketIssuer, left_s: float, seconds: int) -> None:
    """Thirty seconds, or the whole seconds that are left."""
    issued = await tickets.issue(teacher(left=timedelta(seconds=left_s)))

    assert issued.expires_in_s == seconds


@pytest.mark.parametrize("left_s", [0.9, 0, -1])
async def test_a_token_that_ends_buys_no_ticket(tickets: TicketIssuer, left_s: float) -> None:
    """The client is told to refresh."""
    with pytest.raises(HuleEduError) as refusal:
        await tickets.issue(teacher(left=timedelta(seconds=left_s)))

    assert refusal.value.error_code is ErrorCode.AUTHENTICATION_ERROR
    assert refusal.value.error_detail.details["reason"] == "token_expired"


async def test_the_feed_learns_who_comes(redis: Redis) -> None:
    """User, organisation, roles, token id and both times arrive as they were verified."""
    caller = teacher()

    issued = await tickets_in(redis).issue(caller)

    assert await redeemed(redis, issued.ticket) == caller


async def test_a_ticket_opens_one_connection(redis: Redis) -> None:
    """Of many who show it at once, one gets in."""
    issued = await tickets_in(redis).issue(teacher())

    outcomes = await asyncio.gather(*(redeemed(redis, issued.ticket) for _ in range(20)), return_exceptions=True)

    assert sum(isinstance(outcome, Principal) for outcome in outcomes) == 1


async def test_a_ticket_of_a_token_that_has_ended_opens_nothing(redis: Redis) -> None:
    """Even if Redis still had it: the feed looks at the token's own end."""
    clock = FakeClock()
    issued = await tickets_in(redis, clock).issue(teacher(left=timedelta(seconds=20)))
    clock.advance(20)

    with pytest.raises(HuleEduError) as refusal:
        await redeemed(redis, issued.ticket, clock)

    assert refusal.value.error_detail.details["reason"] == "token_expired"


@pytest.mark.parametrize(("left_s", "lives_s"), [(3600, 30), (7.5, 7)])
async def test_redis_forgets_a_ticket_by_itself(redis: Redis, left_s: float, lives_s: int) -> None:
    """What nobody used is gone when it says so."""
    issued = await tickets_in(redis).issue(teacher(left=timedelta(seconds=left_s)))

    lives_ms = await redis.pttl(ticket_key(issued.ticket))

    assert (lives_s - 1) * 1000 < lives_ms <= lives_s * 1000


async def test_redis_never_holds_the_ticket(redis: Redis) -> None:
    """Neither its keys nor its values let anybody in."""
    issued = await tickets_in(redis).issue(teacher())
    record = await redis.get(ticket_key(issued.ticket))

    assert isinstance(record, bytes)
    assert issued.ticket.encode() not in record
    assert await redis.exists(f"feed:ticket:{issued.ticket}") == 0


async def test_without_redis_the_caller_is_told_when_to_come_again() -> None:
    """503, with a time."""
    async with unreachable_redis() as away:
        with pytest.raises(HuleEduError) as failure:
            await RedisTickets(away, CLOCK).issue(teacher())

    assert (failure.value.error_code, failure.value.status_code) == (ErrorCode.CONNECTION_ERROR, 503)
    assert failure.value.headers["Retry-After"] == "1"


async def test_a_redis_that_hangs_is_not_waited_for() -> None:
    """A server that accepts and stays silent costs the deadline, no more."""
    async with hanging_redis() as hanging:
        async with asyncio.timeout(ANSWER_WITHIN_S + PATIENCE_S):
            with pytest.raises(HuleEduError) as failure:
                await RedisTickets(hanging, CLOCK).issue(teacher())

    assert failure.value.error_code is ErrorCode.CONNECTION_ERROR
