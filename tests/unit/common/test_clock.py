"""Time as a dependency."""

import asyncio
from datetime import UTC

import pytest

from common.clock import LoopScheduler, Scheduler, SystemClock, Timeout, sleep
from tests.fakes.scheduler import FakeScheduler


def test_the_systems_clock_is_aware_and_never_goes_back() -> None:
    """What every caller relies on."""
    clock = SystemClock()

    first, second = clock.monotonic(), clock.monotonic()

    assert clock.now().tzinfo is UTC
    assert second >= first


async def test_the_loops_scheduler_calls_back_in_order_and_not_what_was_cancelled() -> None:
    """By the running loop's time."""
    scheduler, called = LoopScheduler(), list[str]()
    over = asyncio.Event()
    scheduler.call_later(0.002, over.set)
    scheduler.call_later(0.001, called.append, "second")
    scheduler.call_later(0, called.append, "first")
    scheduler.call_later(0, called.append, "cancelled").cancel()

    began = scheduler.time()
    await over.wait()

    assert called == ["first", "second"]
    assert scheduler.time() >= began


async def test_the_fake_calls_back_when_it_is_advanced() -> None:
    """In order, each at its own time, those among them that callbacks add."""
    scheduler, called = FakeScheduler(), list[float]()
    began = scheduler.time()
    scheduler.call_later(2, lambda: called.append(scheduler.time() - began))
    scheduler.call_later(1, lambda: scheduler.call_later(0.5, lambda: called.append(scheduler.time() - began)))
    scheduler.call_later(1, called.append, 0).cancel()

    scheduler.advance(3)

    assert called == [1.5, 2]
    assert scheduler.delays_s == []


@pytest.mark.parametrize("scheduler", [LoopScheduler(), FakeScheduler()], ids=["loop", "fake"])
async def test_a_block_within_its_time_is_left_alone(scheduler: Scheduler) -> None:
    """Nothing is left of its timer; its own errors pass, cancellation among them."""
    async with Timeout(scheduler, 1000) as bound:
        result = "done"
    with pytest.raises(asyncio.CancelledError):
        async with Timeout(scheduler, 1000):
            raise asyncio.CancelledError
    async with Timeout(scheduler, None):
        pass

    assert (result, bound.expired) == ("done", False)


async def test_a_block_beyond_its_time_is_cancelled() -> None:
    """With TimeoutError in its place, and the task itself goes on."""
    scheduler = FakeScheduler()

    async def advance() -> None:
        await scheduler.until_due_in(5)
        scheduler.advance(5)

    async with asyncio.TaskGroup() as group:
        group.create_task(advance())
        with pytest.raises(TimeoutError):
            async with Timeout(scheduler, 5) as bound:
                await asyncio.Event().wait()
        task = asyncio.current_task()

    assert bound.expired
    assert task is not None
    assert task.cancelling() == 0


async def test_a_task_cancelled_from_outside_stays_cancelled() -> None:
    """Though its time is over at the same moment."""
    scheduler = FakeScheduler()

    async def wait() -> None:
        async with Timeout(scheduler, 5):
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(wait())
        await scheduler.until_due_in(5)
        task.cancel()
        scheduler.advance(5)

    assert task.cancelled()


async def test_a_block_gets_the_time_that_it_is_given_anew() -> None:
    """From the moment of the call; None stops the time."""
    scheduler = FakeScheduler()

    async with Timeout(scheduler, 5) as timeout:
        timeout.reschedule(None)
        scheduler.advance(100)
        stopped_in_time = not timeout.expired
        timeout.reschedule(5)
        scheduler.advance(4)
        renewed_in_time = not timeout.expired

    assert stopped_in_time
    assert renewed_in_time
    assert scheduler.delays_s == []


async def test_a_sleep_lasts_as_long_as_it_says() -> None:
    """By the scheduler's time."""
    scheduler = FakeScheduler()

    async with asyncio.TaskGroup() as group:
        sleeping = group.create_task(sleep(scheduler, 5))
        await scheduler.until_due_in(5)
        scheduler.advance(4)
        too_early = sleeping.done()
        scheduler.advance(1)

    assert not too_early
    assert sleeping.done()
