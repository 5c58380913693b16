"""The order in which a replica goes away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from common.web.serving.drain import CANCELLED_WORK_ENDS_WITHIN_S, DrainState, Stage, Work
from tests.fakes.scheduler import FakeScheduler
from tests.support.eventually import eventually


@asynccontextmanager
async def draining(
    drain: DrainState, *, grace_s: float = 0.0, deadline_s: float = 5.0
) -> AsyncIterator[asyncio.Task[None]]:
    """Drain in the background; the block's end waits for it."""
    async with asyncio.TaskGroup() as group:
        yield group.create_task(drain.drain(grace_s=grace_s, deadline_s=deadline_s))


async def test_a_new_replica_takes_work() -> None:
    """Before the signal a replica is ready and refuses nothing."""
    drain = DrainState()

    assert not drain.draining
    assert not drain.refusing


async def test_grace_comes_before_refusal() -> None:
    """During the grace the replica is unready and still serves; only then does it refuse."""
    scheduler = FakeScheduler()
    drain = DrainState(scheduler)

    async with draining(drain, grace_s=5) as drained:
        await scheduler.until_due_in(5)
        scheduler.advance(4.9)
        during = (drain.draining, drain.refusing)
        scheduler.advance(0.1)
        await drained

    assert during == (True, False)
    assert drain.refusing


@pytest.mark.parametrize("work", Work)
async def test_work_in_flight_is_waited_for(work: Work) -> None:
    """The drain is not over while a request or a socket is."""
    drain = DrainState()
    task = asyncio.current_task()
    assert task is not None
    drain.enter(work, task)

    async with draining(drain) as drained:
        await eventually(lambda: drain.refusing)
        done_too_early = drained.done()
        drain.leave(work, task)
        await drained

    assert not done_too_early
    assert drain.stage is Stage.REFUSING


async def test_the_end_counts_the_sockets_that_were_closed() -> None:
    """Neither a request nor a socket that had left before."""
    drain = DrainState()
    task = asyncio.current_task()
    assert task is not None
    drain.enter(Work.SOCKET, task)
    drain.leave(Work.SOCKET, task)
    for work in Work:
        drain.enter(work, task)

    with capture_logs() as lines:
        async with draining(drain) as drained:
            await eventually(lambda: drain.refusing)
            for work in Work:
                drain.leave(work, task)
            await drained

    assert [line["sockets_closed"] for line in lines if line["event"] == "drain.done"] == [1]


async def test_hooks_run_once_new_work_is_refused() -> None:
    """A hook that closes sockets finds no new ones coming after."""
    drain = DrainState()
    stages = []

    @drain.on_drain
    async def close_sockets() -> None:
        stages.append(drain.stage)

    await drain.drain(grace_s=0.0, deadline_s=1.0)

    assert stages == [Stage.REFUSING]


async def test_a_failing_hook_stops_no_other() -> None:
    """One hook's failure neither skips the next nor ends the drain."""
    drain = DrainState()
    ran = []

    @drain.on_drain
    async def fail() -> None:
        raise RuntimeError

    @drain.on_drain
    async def succeed() -> None:
        ran.append("succeed")

    await drain.drain(grace_s=0.0, deadline_s=1.0)

    assert ran == ["succeed"]


async def test_what_outlives_the_deadline_is_cancelled() -> None:
    """Work that doesn't end in time is cancelled, and the drain ends all the same."""
    scheduler = FakeScheduler()
    drain = DrainState(scheduler)
    cancelled = asyncio.Event()

    async def endless() -> None:
        task = asyncio.current_task()
        assert task is not None
        drain.enter(Work.REQUEST, task)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
        finally:
            drain.leave(Work.REQUEST, task)

    async with asyncio.TaskGroup() as group:
        group.create_task(endless())
        await eventually(lambda: drain.requests == 1)
        async with draining(drain, deadline_s=5):
            await scheduler.until_due_in(5)
            scheduler.advance(4.9)
            cancelled_too_early = cancelled.is_set()
            scheduler.advance(0.1)

    assert not cancelled_too_early
    assert cancelled.is_set()
    assert drain.expired


async def test_cancelled_work_that_goes_on_is_left_behind() -> None:
    """The process ends though a task ignores its cancellation."""
    scheduler, over = FakeScheduler(), asyncio.Event()
    drain = DrainState(scheduler)

    async def stubborn() -> None:
        task = asyncio.current_task()
        assert task is not None
        drain.enter(Work.REQUEST, task)
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await over.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(stubborn())
        await eventually(lambda: drain.requests == 1)
        async with draining(drain, deadline_s=5):
            await scheduler.until_due_in(5)
            scheduler.advance(5)
            await scheduler.until_due_in(CANCELLED_WORK_ENDS_WITHIN_S)
            scheduler.advance(CANCELLED_WORK_ENDS_WITHIN_S)
        left = drain.requests
        over.set()

    assert left == 1
    assert drain.expired


async def test_a_hook_that_hangs_is_cut_at_the_deadline() -> None:
    """A hook can't hold the process longer than the drain's deadline."""
    scheduler = FakeScheduler()
    drain = DrainState(scheduler)

    @drain.on_drain
    async def hang() -> None:
        await asyncio.Event().wait()

    async with draining(drain, deadline_s=5):
        await scheduler.until_due_in(5)
        scheduler.advance(5)

    assert drain.expired


async def test_the_first_crash_is_kept() -> None:
    """What went wrong first is what the process exits with."""
    drain = DrainState()
    first, second = RuntimeError("first"), RuntimeError("second")

    drain.request_stop(first)
    drain.request_stop(second)

    assert drain.crash is first
    assert drain.stop_requested.is_set()


async def test_a_sleep_ends_in_its_time_or_once_new_work_is_refused() -> None:
    """Not by the signal: while the replica still serves, what waits goes on waiting; later nothing waits at all."""
    scheduler = FakeScheduler()
    drain = DrainState(scheduler)
    async with asyncio.TaskGroup() as group:
        short = group.create_task(drain.sleep(1))
        long = group.create_task(drain.sleep(60))
        await scheduler.until_due_in(60)
        scheduler.advance(1)
        await short
        after_a_second = long.done()
        drained = group.create_task(drain.drain(grace_s=5, deadline_s=1))
        await scheduler.until_due_in(5)
        in_its_grace = long.done()
        scheduler.advance(5)
        await drained

    assert (after_a_second, in_its_grace, long.done()) == (False, False, True)
    await drain.sleep(60)
    assert scheduler.delays_s == []
