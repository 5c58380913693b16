"""The deadline of a call: what counts against it and what doesn't."""

import asyncio

import pytest

from api_gateway.upstream.deadline import Deadline
from tests.fakes.scheduler import FakeScheduler

ALLOWANCE_S = 30.0


@pytest.fixture
def scheduler() -> FakeScheduler:
    """The time."""
    return FakeScheduler()


async def test_waiting_is_bounded(scheduler: FakeScheduler) -> None:
    """A wait ends with TimeoutError when the allowance is over, not before, and nothing is left."""
    deadline = Deadline(ALLOWANCE_S, scheduler=scheduler)

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_time_out(deadline))
        await scheduler.until_due_in(ALLOWANCE_S)
        scheduler.advance(ALLOWANCE_S - 1)
        await asyncio.sleep(0)
        too_early = waiting.done()
        scheduler.advance(1)

    assert not too_early
    assert deadline.left_s == 0


async def test_several_waits_share_one_allowance(scheduler: FakeScheduler) -> None:
    """The second wait gets what the first left, and time between them is free."""
    deadline = Deadline(ALLOWANCE_S, scheduler=scheduler)

    async with deadline:
        scheduler.advance(10)
    after_first = deadline.left_s
    scheduler.advance(100)
    between = deadline.left_s
    async with deadline:
        scheduler.advance(5)

    assert (after_first, between, deadline.left_s) == (20, 20, 15)


async def test_time_spent_on_the_caller_is_free(scheduler: FakeScheduler) -> None:
    """While paused, a wait costs nothing and doesn't end, however late the caller is."""
    deadline = Deadline(ALLOWANCE_S, scheduler=scheduler)

    async with deadline:
        scheduler.advance(10)
        deadline.pause()
        waited_for_caller = deadline.paused
        scheduler.advance(4 * ALLOWANCE_S)
        deadline.resume()
        waited_for_upstream = not deadline.paused
        scheduler.advance(5)

    assert waited_for_caller
    assert waited_for_upstream
    assert deadline.left_s == 15


async def test_after_a_pause_only_the_rest_is_left(scheduler: FakeScheduler) -> None:
    """A pause doesn't win time back."""
    deadline = Deadline(ALLOWANCE_S, scheduler=scheduler)

    async with asyncio.TaskGroup() as group:
        group.create_task(_time_out(deadline))
        await scheduler.until_due_in(ALLOWANCE_S)
        scheduler.advance(10)
        deadline.pause()
        deadline.resume()
        scheduler.advance(20)

    assert deadline.left_s == 0


async def test_progress_renews_an_uploads_allowance(scheduler: FakeScheduler) -> None:
    """Many waits, none longer than the allowance, pass though their sum is over it; standing still doesn't."""
    deadline = Deadline(ALLOWANCE_S, renewed_by_progress=True, scheduler=scheduler)

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_time_out(deadline))
        await scheduler.until_due_in(ALLOWANCE_S)
        for _ in range(4):
            scheduler.advance(ALLOWANCE_S - 1)
            deadline.pause()
            deadline.resume()
        await asyncio.sleep(0)
        ended_by_the_sum = waiting.done()
        scheduler.advance(ALLOWANCE_S)

    assert not ended_by_the_sum
    assert deadline.left_s == 0


async def test_only_a_total_can_be_told() -> None:
    """An upload has no total that an upstream could plan with."""
    assert Deadline(ALLOWANCE_S).total_left_s == ALLOWANCE_S
    assert Deadline(ALLOWANCE_S, renewed_by_progress=True).total_left_s is None


async def _time_out(deadline: Deadline) -> None:
    with pytest.raises(TimeoutError):
        async with deadline:
            await asyncio.Event().wait()
