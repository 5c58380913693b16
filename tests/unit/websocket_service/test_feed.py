"""Who comes in, who is sent away, and when."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from common.errors.close_reasons import close_for
from common.errors.codes import ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_connection_error
from common.identity.principal import UserId
from common.identity.revocation import REVOCATIONS_CHANNEL, Revocation
from tests.fakes.clock import FakeClock
from tests.support.eventually import eventually
from tests.support.feed_parts import ANNA, FeedParts, take
from websocket_service import endings
from websocket_service.drain import drain
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import HEARTBEAT, PONG, Frame


class SettableClock(FakeClock):
    """A clock whose wall time somebody sets."""

    def set_ahead(self, seconds: float) -> None:
        """Move the wall time alone."""
        self._now += timedelta(seconds=seconds)


def store_failure() -> HuleEduError:
    """Return what a store that is away raises."""
    try:
        raise_connection_error(
            service="s", operation="o", message="away", correlation_id=endings.idle().correlation_id, target="redis"
        )
    except HuleEduError as failure:
        return failure


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
    assert parts.tally.sockets["test"] == 0


@pytest.mark.parametrize("part", ["leases", "revocations", "log"])
async def test_store_away(part: str) -> None:
    """Whatever store is away, who arrives is sent to come back later, and leaves nothing behind."""
    parts = FeedParts()
    getattr(parts, part).failure = store_failure()

    with pytest.raises(HuleEduError) as refusal:
        await parts.feed.enter(parts.caller(), parts.visit())

    assert refusal.value.error_code is FeedErrorCode.SERVICE_OVERLOADED
    assert close_for(refusal.value)[0] == 1013
    assert (len(parts.hub), parts.subscriptions.channels) == (0, frozenset())


async def test_limit_and_revocation() -> None:
    """One too many, or a revoked token, is refused under its own name and leaves nothing behind."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    parts.revocations.made.append(Revocation(UserId("bo")))
    async with parts.feed.admit(parts.caller(), parts.visit()):
        with pytest.raises(HuleEduError) as one_too_many:
            await parts.feed.enter(parts.caller(), parts.visit())
    with pytest.raises(HuleEduError) as revoked:
        await parts.feed.enter(parts.caller(UserId("bo")), parts.visit())

    assert [close_for(error.value)[0] for error in (one_too_many, revoked)] == [4000, 1008]
    assert len(parts.hub) == 0


async def test_endings_are_of_those_who_were_let_in() -> None:
    """A refused arrival is an admission under its error's name and no ending; the others end by their own names."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=2))
    left = await parts.feed.enter(parts.caller(), parts.visit())
    ended = await parts.feed.enter(parts.caller(), parts.visit())
    with pytest.raises(HuleEduError):
        await parts.feed.enter(parts.caller(), parts.visit())
    ended.session.end(endings.idle())
    parts.feed.leave(left.session)
    parts.feed.leave(ended.session)

    assert parts.tally.admissions == {"live": 2, "CONNECTION_LIMIT": 1}
    assert parts.tally.endings == {"CLIENT_LEFT": 1, "IDLE_TIMEOUT": 1}


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
        parts.revocations.failure = store_failure()
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
        parts.revocations.failure = store_failure()
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


async def test_frames_in_order() -> None:
    """First feed.ready, then what was missed, then what comes, direct messages among it."""
    parts = FeedParts()
    cursor = await parts.append(1)
    await parts.append(2)
    async with parts.feed.admit(parts.caller(), parts.visit(cursor=cursor)) as admission:
        frames = parts.playing(admission)
        await parts.append(3)
        opening = await take(frames, 3)
        parts.subscriptions.publish("ws:anna", b'{"event":"direct"}')
        await parts.append(4)
        live = await take(frames, 2)

    events = [json.loads(text) for text in [*opening, *live]]
    assert [event["event"] for event in events] == ["feed.ready", "e", "e", "direct", "e"]
    assert [event.get("data") for event in events[1:]] == [2, 3, None, 4]


async def test_frames_sent_are_counted_by_kind() -> None:
    """Notifications of now and then, direct messages and the feed's own words are told apart."""
    parts = FeedParts()
    cursor = await parts.append(1)
    await parts.append(2)
    async with parts.feed.admit(parts.caller(), parts.visit(cursor=cursor)) as admission:
        frames = parts.playing(admission)
        await take(frames, 2)
        await parts.append(3)
        parts.subscriptions.publish("ws:anna", b'{"event":"direct"}')
        await parts.log.mark_seen(ANNA, cursor)
        admission.session.answer(PONG)
        admission.session.answer(PONG)
        await take(frames, 5)

    assert parts.tally.frames_sent == {"control": 3, "replayed": 1, "live": 1, "direct": 1}


@pytest.mark.parametrize(("age_s", "observed_s"), [(7, 7), (-3600, 0)])
async def test_how_old_events_are_when_they_are_sent(age_s: float, observed_s: float) -> None:
    """The age of a live frame's event is measured; one that a faster clock dates ahead of ours takes nothing away."""
    parts = FeedParts()
    happened_at = (parts.clock.now() - timedelta(seconds=age_s)).isoformat()
    async with parts.feed.admit(parts.caller(), parts.visit()) as admission:
        frames = parts.playing(admission)
        await take(frames, 1)
        message = b'{"event":"e","data":{"timestamp":"%b"}}' % happened_at.encode()
        await parts.log.append(ANNA, event_id=uuid4(), message=message)
        parts.subscriptions.publish("ws:anna", b'{"event":"next"}')
        await take(frames, 2)

    assert parts.tally.event_to_socket_s.total == pytest.approx(observed_s)


async def test_without_control_frames() -> None:
    """Today's dashboard gets the messages alone."""
    parts = FeedParts()
    cursor = await parts.append(1)
    await parts.append(2)
    async with parts.feed.admit(parts.caller(), parts.visit(cursor=cursor, controls=False)) as admission:
        frames = parts.playing(admission)
        await parts.log.mark_seen(ANNA, cursor)
        admission.session.answer(PONG)
        texts = await take(frames, 2)

    assert [json.loads(text)["event"] for text in texts] == ["e", "feed.pong"]


async def test_missed_while_the_connection_was_lost() -> None:
    """What was appended while the channel wasn't heard is read up, once, before what comes."""
    parts = FeedParts()
    async with parts.feed.admit(parts.caller(), parts.visit(controls=False)) as admission:
        frames = parts.playing(admission)
        await parts.append(1)
        heard = await take(frames, 1)
        parts.subscriptions.connected = False
        await parts.append(2)
        parts.subscriptions.reconnect()
        await parts.append(3)
        heard = [*heard, *await take(frames, 2)]

    assert [json.loads(text)["data"] for text in heard] == [1, 2, 3]


async def test_seen_while_the_connection_was_lost() -> None:
    """A seen-mark that moved while the channel wasn't heard is told after what was missed, and only then."""
    parts = FeedParts()
    first, second = await parts.append(1), await parts.append(2)
    async with parts.feed.admit(parts.caller(), parts.visit()) as admission:
        frames = parts.playing(admission)
        await take(frames, 1)
        await parts.log.mark_seen(ANNA, first)
        told_live = await take(frames, 1)
        parts.subscriptions.connected = False
        await parts.append(3)
        await parts.log.mark_seen(ANNA, second)
        parts.subscriptions.reconnect()
        caught_up = await take(frames, 2)
        await parts.append(4)
        parts.subscriptions.reconnect()
        await parts.append(5)
        following = await take(frames, 2)

    heard = [json.loads(text) for text in [*told_live, *caught_up, *following]]
    assert [event["data"] for event in heard] == [
        {"cursor": str(first), "unread": 1},
        3,
        {"cursor": str(second), "unread": 1},
        4,
        5,
    ]


async def test_stream_that_cannot_be_read() -> None:
    """A client that is behind is read up once the stream can be read again; it stays meanwhile."""
    parts = FeedParts()
    async with parts.feed.admit(parts.caller(), parts.visit(controls=False)) as admission:
        frames = parts.playing(admission)
        await parts.append(1)
        await take(frames, 1)
        parts.subscriptions.connected = False
        await parts.append(2)
        parts.log.failure = store_failure()
        parts.subscriptions.reconnect()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(take(frames, 1))
            await eventually(lambda: parts.tally.catch_ups["failed"] > 0)
            parts.log.failure = None
        texts = reading.result()

    assert json.loads(texts[0])["data"] == 2
    assert admission.session.ended_by is None


async def test_too_slow() -> None:
    """A client that takes nothing is ended when its outbox is full; another's is none of its business."""
    parts = FeedParts(limits=FeedLimits(outbox_frames=3))
    async with (
        parts.feed.admit(parts.caller(), parts.visit(controls=False)) as slow,
        parts.feed.admit(parts.caller(), parts.visit(controls=False)) as quick,
    ):
        slow_frames, quick_frames = parts.playing(slow), parts.playing(quick)
        await parts.append(0)
        await take(slow_frames, 1)
        received = list(await take(quick_frames, 1))
        for number in range(1, 10):
            await parts.append(number)
            received += await take(quick_frames, 1)

    assert slow.session.ended_by is not None
    assert slow.session.ended_by.error_code is FeedErrorCode.CONSUMER_TOO_SLOW
    assert [json.loads(text)["data"] for text in received] == list(range(10))
    assert len(slow.session.delivery.outbox) == 0


async def test_expiry() -> None:
    """A client is warned 60 seconds before its token ends, once, and ended when it does."""
    parts = FeedParts()
    admission = await parts.feed.enter(parts.caller(lifetime_s=100), parts.visit())
    received: list[str] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(_read_all(parts.playing(admission), received))
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


async def _read_all(frames: AsyncIterator[Frame], into: list[str]) -> None:
    async for frame in frames:
        into += [frame.text]


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

    await drain(parts.hub, parts.limits)

    ends = [close_for(entered.session.ended_by) for entered in admissions if entered.session.ended_by is not None]
    assert [code for code, _ in ends] == [1012] * 12
    slots = [json.loads(reason)["retry_after_ms"] for _, reason in ends]
    closed_after = [50 * (place // 5) for place in range(12)]
    assert [slot + after for slot, after in zip(slots, closed_after, strict=True)] == [
        10 * place for place in range(12)
    ]
