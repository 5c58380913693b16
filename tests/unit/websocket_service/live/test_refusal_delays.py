"""Repeated refusals of one credential come later and later."""

import asyncio

from common.web.serving.drain import DrainState
from tests.fakes.clock import FakeClock
from tests.fakes.scheduler import FakeScheduler
from tests.support.eventually import eventually
from websocket_service.live import handshake_guard
from websocket_service.live.handshake_guard import FORGOTTEN_AFTER_S, FREE_REFUSALS, RefusalDelays

TICK_S = 0.5


class Door:
    """Refuses, and winds the clock while the refusal is delayed."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.scheduler = FakeScheduler()
        self.drain_state = DrainState(self.scheduler)
        self.delays = RefusalDelays(self.clock, self.drain_state)

    async def refuse(self, credential: str) -> float:
        """Return after how many seconds the refusal is sent."""
        began = self.clock.monotonic()
        async with asyncio.TaskGroup() as group:
            told = group.create_task(self.delays.delay(credential))
            await asyncio.sleep(0)
            while not told.done():
                self.clock.advance(TICK_S)
                self.scheduler.advance(TICK_S)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        return self.clock.monotonic() - began

    async def times(self, credential: str, count: int) -> list[float]:
        """Return what each of ``count`` refusals takes, 1.5 s after the one before."""
        taken = []
        for _ in range(count):
            taken.append(await self.refuse(credential))
            self.clock.advance(1.5)
        return taken


async def test_later_and_later() -> None:
    """The first few at once, then twice as late each time, up to the longest."""
    taken = await Door().times("expired", 12)

    assert taken[:FREE_REFUSALS] == [0.0] * FREE_REFUSALS
    assert taken[FREE_REFUSALS:] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]


async def test_a_hopeless_client_costs_next_to_nothing() -> None:
    """One that comes back 1.5 s after each close, for ever, comes about a hundred times an hour, not 2,400 times."""
    door = Door()
    began, attempts = door.clock.monotonic(), 0
    while door.clock.monotonic() - began < 3600:
        await door.times("expired", 1)
        attempts += 1

    assert attempts < 130


async def test_others_wait_for_nothing() -> None:
    """Another credential is refused at once, however often this one was."""
    door = Door()
    await door.times("expired", 9)

    assert await door.refuse("another") == 0.0


async def test_one_that_stayed_away_begins_anew() -> None:
    """A credential that wasn't shown for ten minutes is told at once again."""
    door = Door()
    await door.times("expired", 9)
    door.clock.advance(FORGOTTEN_AFTER_S + 1)

    assert await door.refuse("expired") == 0.0


async def test_memory_is_bounded() -> None:
    """However many are refused, so many are remembered: those refused last."""
    door = Door()
    for number in range(handshake_guard.MOST_CREDENTIALS + 100):
        await door.delays.delay(f"token-{number}")

    assert len(door.delays) == handshake_guard.MOST_CREDENTIALS


async def test_sockets_held_are_bounded_and_end_together() -> None:
    """Beyond so many a refusal comes at once; a drain ends them all; one that leaves is held no longer."""
    door = Door()
    await door.times("expired", FREE_REFUSALS)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(door.delays.delay("expired")) for _ in range(handshake_guard.MOST_HELD + 50)]
        await eventually(lambda: sum(task.done() for task in tasks) == 50)
        held = door.delays.held
        tasks[0].cancel()
        await eventually(lambda: door.delays.held == held - 1)
        await door.drain_state.drain(grace_s=0, deadline_s=1)

    assert held == handshake_guard.MOST_HELD
    assert (door.delays.held, door.scheduler.delays_s) == (0, [])
    assert await door.refuse("expired") == 0.0


async def test_a_credential_that_is_no_text() -> None:
    """Lone surrogates, which a query may hold, are a credential as any other."""
    assert await Door().refuse("\ud800") == 0.0
