"""Many deadlines, one timer; and sleeps that the clock ends."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.support.eventually import eventually
from websocket_service.live.sweeper import Timers, TimerWheel


def test_due_in_order_and_once() -> None:
    """Items come back when their time has come, earliest first, and only once."""
    wheel = TimerWheel[str](slot_s=0.25)
    wheel.schedule("late", at=2.0)
    wheel.schedule("early", at=1.0)

    assert list(wheel.due(0.9)) == []
    assert list(wheel.due(2.0)) == ["early", "late"]
    assert list(wheel.due(9.0)) == []


def test_rescheduled_while_due() -> None:
    """An item scheduled for the past while it is handled comes back in the next call, not in an endless loop."""
    wheel = TimerWheel[str](slot_s=0.25)
    wheel.schedule("again", at=1.0)

    first = []
    for item in wheel.due(1.0):
        first.append(item)
        wheel.schedule(item, at=0.5)

    assert first == ["again"]
    assert list(wheel.due(1.0)) == ["again"]


@given(at=st.floats(min_value=0, max_value=1e6), slot_s=st.sampled_from([0.1, 0.25, 1.0]))
def test_never_early_and_at_most_a_slot_late(at: float, slot_s: float) -> None:
    """An item is never handed back early, and at the latest one slot after its time."""
    wheel = TimerWheel[str](slot_s=slot_s)
    wheel.schedule("item", at=at)

    assert list(wheel.due(at - slot_s)) == []
    assert list(wheel.due(at + slot_s)) == ["item"]


async def test_sleeps_end_by_the_clock() -> None:
    """A sleep lasts until the sweep at which its time is up; a drain ends those alone that last until it."""
    clock = FakeClock()
    timers = Timers(clock)
    async with asyncio.TaskGroup() as group:
        short = group.create_task(timers.sleep(1))
        until_drain = group.create_task(timers.sleep(60, until_drain=True))
        through = group.create_task(timers.sleep(60))
        await eventually(lambda: len(timers) == 3)
        clock.advance(1)
        timers.sweep()
        await eventually(lambda: len(timers) == 2)
        at_one_second = [short.done(), until_drain.done(), through.done()]
        timers.drain()
        await eventually(lambda: len(timers) == 1)
        at_drain = [until_drain.done(), through.done()]
        clock.advance(59)
        timers.sweep()
    await timers.sleep(60, until_drain=True)

    assert (at_one_second, at_drain) == ([True, False, False], [True, False])


async def test_blocks_are_bounded_by_the_clock() -> None:
    """A block that outlasts its timeout is cancelled at the next sweep; one that has ended isn't touched."""
    clock = FakeClock()
    timers = Timers(clock)
    async with timers.timeout(1):
        pass
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_wait_for_ever(timers))
        await asyncio.sleep(0)
        clock.advance(4)
        timers.sweep()
        await asyncio.sleep(0)
        too_early = waiting.done()
        clock.advance(1)
        timers.sweep()
        timers.sweep()

    assert not too_early
    assert waiting.result()


async def _wait_for_ever(timers: Timers) -> bool:
    """Tell whether the wait was timed out."""
    try:
        async with timers.timeout(5):
            await asyncio.get_running_loop().create_future()
    except TimeoutError:
        return True
    return False
