"""Who comes in, who is sent away, and when."""

import asyncio
import json
from datetime import timedelta

import pytest

from common.errors.close_reasons import close_for
from common.errors.codes import ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, UserId
from common.identity.revocation import REVOCATIONS_CHANNEL, Revocation
from tests.fakes.clock import FakeClock
from tests.fakes.leases import FakeLeases
from tests.fakes.revocations import FakeRevocations
from tests.fakes.wire import FakeWire
from tests.support.eventually import eventually
from tests.support.feed_parts import ANNA, FeedParts, read_all
from tests.support.kafka_records import redis_away
from websocket_service.live import close_errors
from websocket_service.live.connections import ADMITTED_AT_ONCE, drain
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import HEARTBEAT


class SettableClock(FakeClock):
    """A clock whose wall time somebody sets."""

    def set_ahead(self, seconds: float) -> None:
        """Move the wall time alone."""
        self._now += timedelta(seconds=seconds)


class CountingLeases(FakeLeases):
    """Leases that take a while, and tell how many are asked for at the same time."""

    def __init__(self) -> None:
        super().__init__(FakeRevocations())
        self.most_at_once = 0
        self._at_once = 0

    async def acquire(self, principal: Principal, lease: str) -> bool:
        """Take a place."""
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0)
        self._at_once -= 1
        return await super().acquire(principal, lease)


async def test_place_and_channel_are_held_exactly_while_needed() -> None:
    """The user's channel is listened to from the first client to the last; each has a place of its own."""
    parts = FeedParts()
    first = await parts.feed.enter(parts.caller(), parts.visit())
    second = await parts.feed.enter(parts.caller(), parts.visit())
    held = (parts.subscriptions.channels, len(parts.leases.held[ANNA]), len(parts.hub))
    parts.feed.leave(first.session)
    parts.feed.leave(first.session)
    halfway = (parts.subscriptions.channels, len(parts.leases.held[ANNA]), len(parts.hub))
    parts.feed.leave(second.session)

    assert held == (frozenset({"ws:anna"}), 2, 2)
    assert halfway == (frozenset({"ws:anna"}), 1, 1)
    assert (parts.subscriptions.channels, len(parts.leases.held[ANNA]), len(parts.hub)) == (frozenset(), 0, 0)
    assert parts.counters.sockets["test"] == 0


async def test_a_rush_takes_turns() -> None:
    """However many come at once, Redis is asked for a few of them at a time, and each gets in."""
    asking = CountingLeases()
    parts = FeedParts(shared_leases=asking)
    callers = [parts.caller(UserId(f"u{number}")) for number in range(5 * ADMITTED_AT_ONCE)]

    admissions = await asyncio.gather(*(parts.feed.enter(caller, parts.visit()) for caller in callers))

    assert asking.most_at_once == ADMITTED_AT_ONCE
    assert len(admissions) == len(parts.hub) == len(callers)


@pytest.mark.parametrize("part", ["leases", "revocations", "log"])
async def test_store_away(part: str) -> None:
    """Whatever store is away, who arrives is sent to come back later, and leaves nothing behind."""
    parts = FeedParts()
    getattr(parts, part).failure = redis_away()

    with pytest.raises(HuleEduError) as refusal:
        await parts.feed.enter(parts.caller(), parts.visit())

    assert refusal.value.error_code is FeedErrorCode.SERVICE_OVERLOADED
    assert close_for(refusal.value)[0] == 1013
    assert (len(parts.hub), parts.subscriptions.channels) == (0, frozenset())


async def test_limit_and_revocation() -> None:
    """One too many, or a revoked token, is refused under its own name and leaves nothing behind."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    parts.revocations.made.append(Revocation(UserId("bo")))
    async with parts.feed.admit(parts.caller(), parts.visit(wire=FakeWire(parts.clock, answers=True))):
        with pytest.raises(HuleEduError) as one_too_many:
            await parts.when_probed(parts.feed.enter(parts.caller(), parts.visit()))
    with pytest.raises(HuleEduError) as revoked:
        await parts.feed.enter(parts.caller(UserId("bo")), parts.visit())

    assert [close_for(error.value)[0] for error in (one_too_many, revoked)] == [4000, 1008]
    assert len(parts.hub) == 0


async def test_endings_are_of_those_who_were_let_in() -> None:
    """A refused arrival is an admission under its error's name and no ending; the others end by their own names."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=2))
    left, ended = [
        await parts.feed.enter(parts.caller(), parts.visit(wire=FakeWire(parts.clock, answers=True))) for _ in range(2)
    ]
    with pytest.raises(HuleEduError):
        await parts.when_probed(parts.feed.enter(parts.caller(), parts.visit()))
    ended.session.end(close_errors.idle())
    parts.feed.leave(left.session)
    parts.feed.leave(ended.session)

    assert parts.counters.admissions == {"live": 2, "CONNECTION_LIMIT": 1}
    assert parts.counters.endings == {"CLIENT_LEFT": 1, "IDLE_TIMEOUT": 1}


async def test_revocations_missed() -> None:
    """A revocation that was made while nothing could be heard ends its user's clients once the channels are back."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=500))
    annas = [await parts.feed.enter(parts.caller(), parts.visit()) for _ in range(250)]
    bo = await parts.feed.enter(parts.caller(UserId("bo")), parts.visit())
    async with asyncio.TaskGroup() as group:
        relaying = group.create_task(parts.relay.run())
        parts.subscriptions.connected = False
        parts.revocations.made.append(Revocation(ANNA))
        parts.subscriptions.publish(REVOCATIONS_CHANNEL, b'{"user_id":"anna"}')
        parts.revocations.failure = redis_away()
        parts.subscriptions.reconnect()
        await asyncio.sleep(0)
        parts.revocations.failure = None
        await eventually(lambda: all(anna.session.ended_by is not None for anna in annas))
        relaying.cancel()

    assert {close_for(anna.session.ended_by)[0] for anna in annas if anna.session.ended_by is not None} == {1008}
    assert bo.session.ended_by is None


async def test_renewed_while_revocations_are_looked_up() -> None:
    """Who renews while the old token is looked up is judged by the new one."""
    parts = FeedParts()
    staying = await parts.feed.enter(parts.caller(), parts.visit())
    going = await parts.feed.enter(parts.caller(), parts.visit())
    old = parts.clock.now().timestamp()
    parts.clock.advance(10)
    async with asyncio.TaskGroup() as group:
        relaying = group.create_task(parts.relay.run())
        parts.revocations.made.append(Revocation(ANNA, not_before=old + 5))
        parts.revocations.failure = redis_away()
        parts.relay.confirmed(REVOCATIONS_CHANNEL)
        await asyncio.sleep(0)
        staying.session.renew(parts.caller())
        parts.revocations.failure = None
        await eventually(lambda: going.session.ended_by is not None)
        relaying.cancel()

    assert staying.session.ended_by is None


async def test_silent_redis() -> None:
    """A client whose channel isn't confirmed waits for no longer than it takes to give up."""
    parts = FeedParts()
    parts.subscriptions.silent = True
    with pytest.raises(HuleEduError) as refusal:
        await parts.feed.enter(parts.caller(), parts.visit())

    assert refusal.value.error_code is FeedErrorCode.SERVICE_OVERLOADED


async def test_expiry() -> None:
    """A client is warned 60 seconds before its token ends, once, and ended when it does."""
    parts = FeedParts()
    admission = await parts.feed.enter(parts.caller(lifetime_s=100), parts.visit())
    received: list[str] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(read_all(parts.playing(admission), received))
        await eventually(lambda: len(received) == 1)
        parts.pass_time(39)
        parts.pass_time(2)
        await eventually(lambda: len(received) == 2)
        admission.session.show_life()
        parts.pass_time(30)
        parts.pass_time(28)
        still_on = admission.session.ended_by
        parts.pass_time(2)

    assert json.loads(received[1]) == {"event": "feed.expiring", "data": {"in_s": 59}}
    assert len(received) == 2
    assert still_on is None
    assert admission.session.ended_by is not None
    assert json.loads(close_for(admission.session.ended_by)[1])["message"] == "token_expired"


async def test_a_clock_that_jumps() -> None:
    """When the wall clock is set past its token's end, a client is ended at the next sweep."""
    clock = SettableClock()
    parts = FeedParts(clock=clock)
    async with parts.feed.admit(parts.caller(lifetime_s=3600), parts.visit()) as admission:
        clock.set_ahead(7200)
        parts.sweeper.sweep()

    assert admission.session.ended_by is not None
    assert admission.session.ended_by.error_code is ErrorCode.AUTHENTICATION_ERROR


async def test_heartbeats() -> None:
    """A client that can't be heard gets a sign of life every interval; one that can is pinged by its server."""
    parts = FeedParts()
    async with (
        parts.feed.admit(parts.caller(), parts.visit(audible=False)) as stream,
        parts.feed.admit(parts.caller(), parts.visit()) as socket,
    ):
        for _ in range(35):
            parts.pass_time(1)

        assert stream.session.delivery.outbox.peek() is HEARTBEAT
        assert socket.session.delivery.outbox.peek() is None


async def test_nothing_is_due_to_who_has_left() -> None:
    """The sweeper has no more to do with a client that is gone."""
    parts = FeedParts()
    async with parts.feed.admit(parts.caller(lifetime_s=5), parts.visit()) as admission:
        pass
    parts.pass_time(100)

    assert admission.session.ended_by is None


async def test_drain_slots() -> None:
    """Everybody gets a slot of their own, so that they come back at the set rate and not all at once."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=100, reconnects_per_s=100.0))
    admissions = [await parts.feed.enter(parts.caller(), parts.visit()) for _ in range(12)]

    await drain(parts.hub, parts.limits, parts.pauses)

    ends = [close_for(entered.session.ended_by) for entered in admissions if entered.session.ended_by is not None]
    assert [code for code, _ in ends] == [1012] * 12
    slots = [json.loads(reason)["retry_after_ms"] for _, reason in ends]
    closed_after = [50 * (place // 5) for place in range(12)]
    assert [slot + after for slot, after in zip(slots, closed_after, strict=True)] == [
        10 * place for place in range(12)
    ]
