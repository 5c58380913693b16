"""Which clients are admitted, and when their connections end."""

import asyncio
import json
from datetime import timedelta
from functools import partial

import pytest

from common.errors.close_codes import close_for
from common.errors.codes import ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, UserId
from common.identity.revocation import REVOCATIONS_CHANNEL, Revocation
from common.notification_log import Cursor, Page
from tests.fakes.client_connection import FakeClientConnection
from tests.fakes.clock import FakeClock
from tests.fakes.leases import FakeLeases
from tests.fakes.revocations import FakeRevocations
from tests.fakes.token_verifier import CountingVerifier
from tests.support.eventually import eventually
from tests.support.feed_parts import ANNA, FeedParts, read_all
from tests.support.kafka_records import redis_away
from websocket_service.live import close_errors
from websocket_service.live.catch_up import Connection
from websocket_service.live.client_messages import ClientMessages
from websocket_service.live.connections import ADMISSION_DEADLINE_S, ADMITTED_AT_ONCE, drain, serve_connection
from websocket_service.live.session import FLUSH_DEADLINE_S
from websocket_service.live.sweeper import SLOT_S
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import HEARTBEAT, Frame


class SettableClock(FakeClock):
    """A clock whose wall time can be set."""

    def set_ahead(self, seconds: float) -> None:
        """Move the wall time alone."""
        self._now += timedelta(seconds=seconds)


class CountingLeases(FakeLeases):
    """Leases that take a while, and tell how many are asked for at the same time."""

    def __init__(self) -> None:
        super().__init__(FakeRevocations())
        self.most_at_once = 0
        self._at_once = 0

    async def acquire(self, principal: Principal, lease: str, cursor: Cursor | None) -> Page | None:
        """Take a place."""
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0)
        self._at_once -= 1
        return await super().acquire(principal, lease, cursor)


class SilentClient:
    """Implements :class:`websocket_service.live.ports.Transport`: says nothing, and takes frames while it has room."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.room = asyncio.Event()
        self.room.set()

    async def send(self, frame: Frame) -> None:
        """Take a frame."""
        await self.room.wait()
        self.taken.append(json.loads(frame.text)["event"])

    def has(self, count: int) -> bool:
        """Tell whether it took so many frames."""
        return len(self.taken) == count

    async def receive(self) -> str | bytes:
        """Wait for ever."""
        await asyncio.Event().wait()
        raise AssertionError


async def serve_until_ended(parts: FeedParts, connection: Connection, client: SilentClient) -> HuleEduError:
    """Serve a client, and return what ended its connection."""
    verifier = CountingVerifier()
    messages = ClientMessages(verifier, parts.revocations, parts.log, parts.limits, parts.clock, parts.counters)
    with pytest.raises(HuleEduError) as end:
        await serve_connection(connection, client, parts.writer, messages)
    return end.value


@pytest.mark.parametrize("missed", [0, 2])
async def test_a_client_is_written_to(missed: int) -> None:
    """It gets the opening, what it missed, then what comes, until its connection is ended."""
    parts, client = FeedParts(), SilentClient()
    cursor = await parts.append(0)
    for number in range(missed):
        await parts.append(number)
    async with (
        parts.connections.admit(parts.caller(), parts.request(cursor=cursor)) as connection,
        asyncio.TaskGroup() as group,
    ):
        serving = group.create_task(serve_until_ended(parts, connection, client))
        for count in range(3):
            await eventually(partial(client.has, 1 + missed + count))
            await parts.append(count)
        await eventually(lambda: len(client.taken) == 1 + missed + 3)
        connection.session.drain(retry_after_ms=1)

    assert client.taken == ["feed.ready", *["e"] * (missed + 3), "feed.drain"]
    assert serving.result().error_code is FeedErrorCode.SERVICE_RESTART


async def test_what_comes_during_the_opening_follows_it() -> None:
    """A message that comes while the client takes no opening, and the end that comes then, wait for it."""
    parts, client = FeedParts(), SilentClient()
    client.room.clear()
    async with (
        parts.connections.admit(parts.caller(), parts.request()) as connection,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(serve_until_ended(parts, connection, client))
        await eventually(lambda: connection.session.writing_since is not None)
        await parts.append(1)
        client.room.set()
        await eventually(lambda: len(client.taken) == 2)
        connection.session.drain(retry_after_ms=1)

    assert client.taken == ["feed.ready", "e", "feed.drain"]


async def test_no_task_waits_for_something_to_write() -> None:
    """Beside the task that receives, one is started when there is something to write, and not before."""
    parts, client = FeedParts(), SilentClient()
    async with (
        parts.connections.admit(parts.caller(), parts.request()) as connection,
        asyncio.TaskGroup() as group,
    ):
        before = len(asyncio.all_tasks())
        group.create_task(serve_until_ended(parts, connection, client))
        await eventually(lambda: len(client.taken) == 1)
        quiet = len(asyncio.all_tasks()) - before
        await parts.append(1)
        await eventually(lambda: len(client.taken) == 2)
        busy = len(asyncio.all_tasks()) - before
        connection.session.end(close_errors.idle_timeout())

    assert (quiet, busy) == (1, 2)


async def test_place_and_channel_are_held_exactly_while_needed() -> None:
    """The user's channel is listened to from the first client to the last; each has a place of its own."""
    parts = FeedParts()
    first = await parts.connections.open(parts.caller(), parts.request())
    second = await parts.connections.open(parts.caller(), parts.request())
    held = (parts.subscriptions.channels, len(parts.leases.held[ANNA]), len(parts.hub))
    parts.connections.close(first.session)
    parts.connections.close(first.session)
    halfway = (parts.subscriptions.channels, len(parts.leases.held[ANNA]), len(parts.hub))
    parts.connections.close(second.session)

    assert held == (frozenset({"ws:anna"}), 2, 2)
    assert halfway == (frozenset({"ws:anna"}), 1, 1)
    assert (parts.subscriptions.channels, len(parts.leases.held[ANNA]), len(parts.hub)) == (frozenset(), 0, 0)
    assert parts.counters.sockets["test"] == 0


async def test_a_rush_takes_turns() -> None:
    """However many come at once, Redis is asked for a few of them at a time, and each gets in."""
    asking = CountingLeases()
    parts = FeedParts(shared_leases=asking)
    callers = [parts.caller(UserId(f"u{number}")) for number in range(5 * ADMITTED_AT_ONCE)]

    connections = await asyncio.gather(*(parts.connections.open(caller, parts.request()) for caller in callers))

    assert asking.most_at_once == ADMITTED_AT_ONCE
    assert len(connections) == len(parts.hub) == len(callers)


@pytest.mark.parametrize("part", ["leases", "revocations", "log"])
async def test_store_away(part: str) -> None:
    """Whatever store is away, who arrives is sent to come back later, and leaves nothing behind."""
    parts = FeedParts()
    getattr(parts, part).failure = redis_away()

    with pytest.raises(HuleEduError) as refusal:
        await parts.connections.open(parts.caller(), parts.request())

    assert refusal.value.error_code is FeedErrorCode.SERVICE_OVERLOADED
    assert close_for(refusal.value)[0] == 1013
    assert (len(parts.hub), parts.subscriptions.channels) == (0, frozenset())


async def test_limit_and_revocation() -> None:
    """One too many, or a revoked token, is refused under its own name and leaves nothing behind."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    parts.revocations.made.append(Revocation(UserId("bo")))
    async with parts.connections.admit(
        parts.caller(), parts.request(client=FakeClientConnection(parts.clock, answers=True))
    ):
        with pytest.raises(HuleEduError) as one_too_many:
            await parts.when_probed(parts.connections.open(parts.caller(), parts.request()))
    with pytest.raises(HuleEduError) as revoked:
        await parts.connections.open(parts.caller(UserId("bo")), parts.request())

    assert [close_for(error.value)[0] for error in (one_too_many, revoked)] == [4000, 1008]
    assert len(parts.hub) == 0


async def test_endings_are_of_those_who_were_let_in() -> None:
    """A refused arrival is an connection under its error's name and no ending; the others end by their own names."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=2))
    left, ended = [
        await parts.connections.open(
            parts.caller(), parts.request(client=FakeClientConnection(parts.clock, answers=True))
        )
        for _ in range(2)
    ]
    with pytest.raises(HuleEduError):
        await parts.when_probed(parts.connections.open(parts.caller(), parts.request()))
    ended.session.end(close_errors.idle_timeout())
    parts.connections.close(left.session)
    parts.connections.close(ended.session)

    assert parts.counters.admissions == {"live": 2, "CONNECTION_LIMIT": 1}
    assert parts.counters.endings == {"CLIENT_LEFT": 1, "IDLE_TIMEOUT": 1}


async def test_revocations_missed() -> None:
    """A revocation that was made while nothing could be heard ends its user's clients once the channels are back."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=500))
    annas = [await parts.connections.open(parts.caller(), parts.request()) for _ in range(250)]
    bo = await parts.connections.open(parts.caller(UserId("bo")), parts.request())
    async with asyncio.TaskGroup() as group:
        relaying = group.create_task(parts.dispatcher.run())
        parts.subscriptions.connected = False
        parts.revocations.made.append(Revocation(ANNA))
        parts.subscriptions.publish(REVOCATIONS_CHANNEL, b'{"user_id":"anna"}')
        parts.revocations.failure = redis_away()
        parts.subscriptions.reconnect()
        await eventually(lambda: len(parts.scheduler.delays_s) == 1)
        parts.revocations.failure = None
        parts.pass_time(1)
        await eventually(lambda: all(anna.session.ended_by is not None for anna in annas))
        relaying.cancel()

    assert {close_for(anna.session.ended_by)[0] for anna in annas if anna.session.ended_by is not None} == {1008}
    assert bo.session.ended_by is None


async def test_renewed_while_revocations_are_looked_up() -> None:
    """Who renews while the old token is looked up is judged by the new one."""
    parts = FeedParts()
    staying = await parts.connections.open(parts.caller(), parts.request())
    going = await parts.connections.open(parts.caller(), parts.request())
    old = parts.clock.now().timestamp()
    parts.clock.advance(10)
    async with asyncio.TaskGroup() as group:
        relaying = group.create_task(parts.dispatcher.run())
        parts.revocations.made.append(Revocation(ANNA, not_before=old + 5))
        parts.revocations.failure = redis_away()
        parts.dispatcher.on_subscribed(REVOCATIONS_CHANNEL)
        await eventually(lambda: len(parts.scheduler.delays_s) == 1)
        staying.session.renew(parts.caller())
        parts.revocations.failure = None
        parts.pass_time(1)
        await eventually(lambda: going.session.ended_by is not None)
        relaying.cancel()

    assert staying.session.ended_by is None


async def test_silent_redis() -> None:
    """A client whose channel isn't confirmed waits for no longer than it takes to give up."""
    parts = FeedParts()
    parts.subscriptions.silent = True
    async with asyncio.TaskGroup() as group:
        arriving = group.create_task(_refusal(parts))
        await eventually(lambda: len(parts.hub) == 1)
        parts.pass_time(ADMISSION_DEADLINE_S - 0.1)
        waits = not arriving.done()
        parts.pass_time(0.1)

    assert waits
    assert arriving.result() is FeedErrorCode.SERVICE_OVERLOADED


async def _refusal(parts: FeedParts) -> str:
    with pytest.raises(HuleEduError) as refusal:
        await parts.connections.open(parts.caller(), parts.request())
    return refusal.value.error_code


async def test_expiry() -> None:
    """A client is warned 60 seconds before its token ends, once, and ended when it does."""
    parts = FeedParts()
    connection = await parts.connections.open(parts.caller(lifetime_s=100), parts.request())
    received: list[str] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(read_all(parts.writer.frames(connection), received))
        await eventually(lambda: len(received) == 1)
        parts.pass_time(39)
        parts.pass_time(2)
        await eventually(lambda: len(received) == 2)
        connection.session.note_heard()
        parts.pass_time(30)
        parts.pass_time(28)
        still_on = connection.session.ended_by
        parts.pass_time(2)

    assert json.loads(received[1]) == {"event": "feed.expiring", "data": {"in_s": 59}}
    assert len(received) == 2
    assert still_on is None
    assert connection.session.ended_by is not None
    assert json.loads(close_for(connection.session.ended_by)[1])["message"] == "token_expired"


@pytest.mark.parametrize("bound_first", [True, False])
async def test_last_frames_are_not_waited_for_long(*, bound_first: bool) -> None:
    """A connection that has ended is cut short, once, when its last write takes longer than the flush deadline."""
    parts = FeedParts()
    aborts: list[float] = []
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        if bound_first:
            connection.session.bind(lambda: aborts.append(parts.clock.monotonic()))
        connection.session.drain(1000)
        if not bound_first:
            connection.session.bind(lambda: aborts.append(parts.clock.monotonic()))
        ended_at = parts.clock.monotonic()
        for _ in range(40):
            parts.pass_time(0.1)

    (aborted_at,) = aborts
    assert FLUSH_DEADLINE_S <= aborted_at - ended_at <= FLUSH_DEADLINE_S + 2 * SLOT_S


async def test_a_clock_that_jumps() -> None:
    """When the wall clock is set past its token's end, a client is ended at the next sweep."""
    clock = SettableClock()
    parts = FeedParts(clock=clock)
    async with parts.connections.admit(parts.caller(lifetime_s=3600), parts.request()) as connection:
        clock.set_ahead(7200)
        parts.sweeper.sweep()

    assert connection.session.ended_by is not None
    assert connection.session.ended_by.error_code is ErrorCode.AUTHENTICATION_ERROR


async def test_heartbeats() -> None:
    """A client that can't be heard gets a sign of life every interval; one that can is pinged by its server."""
    parts = FeedParts()
    async with (
        parts.connections.admit(parts.caller(), parts.request(bidirectional=False)) as stream,
        parts.connections.admit(parts.caller(), parts.request()) as socket,
    ):
        for _ in range(35):
            parts.pass_time(1)

        assert stream.session.delivery.outbox.peek() is HEARTBEAT
        assert socket.session.delivery.outbox.peek() is None


async def test_nothing_is_due_to_who_has_left() -> None:
    """The sweeper has no more to do with a client that is gone."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(lifetime_s=5), parts.request()) as connection:
        pass
    parts.pass_time(100)

    assert connection.session.ended_by is None


async def test_drain_slots() -> None:
    """Everybody gets a slot of their own, so that they come back at the set rate and not all at once."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=100, reconnects_per_s=100.0))
    connections = [await parts.connections.open(parts.caller(), parts.request()) for _ in range(12)]

    await drain(parts.hub, parts.limits)

    ends = [close_for(entered.session.ended_by) for entered in connections if entered.session.ended_by is not None]
    assert [code for code, _ in ends] == [1012] * 12
    slots = [json.loads(reason)["retry_after_ms"] for _, reason in ends]
    closed_after = [50 * (place // 5) for place in range(12)]
    assert [slot + after for slot, after in zip(slots, closed_after, strict=True)] == [
        10 * place for place in range(12)
    ]
