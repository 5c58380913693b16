"""At the limit of a user's connections: the newest is refused, but first the older ones have to show that they live."""

import asyncio
from functools import partial

import pytest

from common.errors.codes import FeedErrorCode
from common.errors.exceptions import HuleEduError
from tests.fakes.client_connection import FakeClientConnection
from tests.support.eventually import eventually
from tests.support.feed_parts import ANNA, FeedParts
from tests.support.kafka_records import redis_away
from websocket_service.live.connections import drain
from websocket_service.live.session import Session
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import HEARTBEAT

TWO = FeedLimits(sockets_per_user=2)


def replicas() -> tuple[FeedParts, FeedParts]:
    """Return two replicas over the same leases, with one clock."""
    here = FeedParts(limits=TWO)
    return here, FeedParts(limits=TWO, clock=here.clock, shared_leases=here.leases)


async def older(parts: FeedParts, *, answers: bool) -> Session:
    """Return a connection that answers pings or doesn't."""
    client = FakeClientConnection(parts.clock, answers=answers)
    session = (await parts.connections.open(parts.caller(), parts.request(client=client))).session
    parts.clock.advance(1)
    return session


@pytest.mark.parametrize("deaf_here", [True, False])
async def test_one_that_stays_silent_gives_up_its_place(*, deaf_here: bool) -> None:
    """Wherever it is, in two seconds and not in two ping intervals; one that answers stays."""
    here, there = replicas()
    deaf = await older(here if deaf_here else there, answers=False)
    alive = await older(there if deaf_here else here, answers=True)
    began = here.clock.monotonic()

    newest = await here.when_probed(here.connections.open(here.caller(), here.request()), there)

    assert deaf.ended_by is not None
    assert deaf.ended_by.error_code is FeedErrorCode.IDLE_TIMEOUT
    assert alive.ended_by is None
    assert here.leases.held[ANNA] == {alive.lease, newest.session.lease}
    assert here.clock.monotonic() - began < 4


async def test_when_all_answer_the_newest_is_refused() -> None:
    """It learns so within four seconds, and leaves nothing behind."""
    here, there = replicas()
    alive = [await older(here, answers=True), await older(there, answers=True)]
    began = here.clock.monotonic()

    with pytest.raises(HuleEduError) as refused:
        await here.when_probed(here.connections.open(here.caller(), here.request()), there)

    assert refused.value.error_code is FeedErrorCode.CONNECTION_LIMIT
    assert here.leases.held[ANNA] == {session.lease for session in alive}
    assert (len(here.hub), len(here.scheduler.delays_s)) == (1, 0)
    assert 2 < here.clock.monotonic() - began <= 4.25


async def test_one_that_was_heard_meanwhile_stays() -> None:
    """Any message is a sign of life, not the pong alone; and nobody is probed again before that is decided."""
    here, there = replicas()
    talking, alive = await older(here, answers=False), await older(there, answers=True)
    await here.leases.probe_user(ANNA)
    await here.leases.probe_user(ANNA)
    here.pass_time(1)
    talking.note_heard()
    here.pass_time(1.5)

    assert [session.ended_by for session in (talking, alive)] == [None, None]
    assert isinstance(talking.request.client, FakeClientConnection)
    assert talking.request.client.pings == 1


async def test_a_pong_that_seems_older_than_its_ping() -> None:
    """The wire hears by the event loop's clock, which may be a little behind."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    client = FakeClientConnection(parts.clock, answers=True, lag_s=0.05)
    session = (await parts.connections.open(parts.caller(), parts.request(client=client))).session
    parts.clock.advance(30)

    await parts.leases.probe_user(ANNA)
    parts.pass_time(2.5)

    assert session.ended_by is None


@pytest.mark.parametrize(("acknowledged", "ended"), [(True, False), (False, True)])
async def test_an_event_stream_answers_by_its_machine(*, acknowledged: bool, ended: bool) -> None:
    """It can't be pinged: a heartbeat that the client's machine doesn't acknowledge costs it its place."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    client = FakeClientConnection(parts.clock, answers=False, retransmitting=not acknowledged)
    stream = (await parts.connections.open(parts.caller(), parts.request(bidirectional=False, client=client))).session

    await parts.leases.probe_user(ANNA)
    asked = stream.delivery.outbox.peek()
    parts.pass_time(2.5)

    assert asked is HEARTBEAT
    assert (stream.ended_by is not None) is ended


async def test_only_so_many_wait() -> None:
    """As many of a user's arrivals as there are places wait for one; the next is refused at once."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    await older(parts, answers=True)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(parts.connections.open(parts.caller(), parts.request()))
        await eventually(lambda: len(parts.scheduler.delays_s) == 1)
        with pytest.raises(HuleEduError) as refused:
            await parts.connections.open(parts.caller(), parts.request())
        waiting.cancel()

    assert refused.value.error_code is FeedErrorCode.CONNECTION_LIMIT
    assert len(parts.hub) == 1


async def test_those_who_wait_don_t_take_the_turn_of_others() -> None:
    """However many users are at their limits, somebody else is let in at once."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    users = [parts.caller(type(ANNA)(f"user-{number}")) for number in range(100)]
    for user in users:
        await parts.connections.open(user, parts.request(client=FakeClientConnection(parts.clock, answers=True)))
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(parts.connections.open(user, parts.request())) for user in users]
        await eventually(lambda: len(parts.scheduler.delays_s) == len(users))
        await parts.connections.open(parts.caller(), parts.request())
        for task in waiting:
            task.cancel()

    assert len(parts.hub) == len(users) + 1


async def test_a_drain_ends_the_waiting() -> None:
    """Who waits for a place when the replica goes away is sent elsewhere with the others."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    await older(parts, answers=True)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_refusal(parts))
        await eventually(lambda: len(parts.scheduler.delays_s) == 1)
        parts.drain_state.on_drain(partial(drain, parts.hub, parts.limits))
        await parts.drain_state.drain(grace_s=0, deadline_s=1)

    assert waiting.result() in {FeedErrorCode.SERVICE_RESTART, FeedErrorCode.CONNECTION_LIMIT}


async def _refusal(parts: FeedParts) -> str:
    with pytest.raises(HuleEduError) as refused:
        await parts.connections.open(parts.caller(), parts.request())
    return refused.value.error_code


async def test_redis_away_when_the_others_are_to_be_asked() -> None:
    """The arrival is sent to come back later, as whenever Redis is away."""
    parts = FeedParts(limits=FeedLimits(sockets_per_user=1))
    await older(parts, answers=True)
    parts.leases.probe_failure = redis_away()

    with pytest.raises(HuleEduError) as refused:
        await parts.connections.open(parts.caller(), parts.request())

    assert refused.value.error_code is FeedErrorCode.SERVICE_OVERLOADED
