"""Many deadlines, one timer; and waits that a clock decides."""

import asyncio
import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

from common.clock import Clock

ItemT = TypeVar("ItemT")


class TimerWheel(Generic[ItemT]):
    """Hands items back when their time has come, in slots of ``slot_s`` seconds; an item may be in several slots.

    One sweeper over a wheel replaces a task a socket: waking costs only what is due, however many wait.
    """

    def __init__(self, *, slot_s: float) -> None:
        self._slot_s = slot_s
        self._slots: dict[int, list[ItemT]] = {}
        self._order: list[int] = []

    def schedule(self, item: ItemT, *, at: float) -> None:
        """Hand ``item`` back at ``at`` (monotonic seconds) or up to one slot later, never earlier."""
        slot = -int(-at // self._slot_s)
        waiting = self._slots.get(slot)
        if waiting is None:
            self._slots[slot] = [item]
            heapq.heappush(self._order, slot)
        else:
            waiting.append(item)

    def due(self, now: float) -> Iterator[ItemT]:
        """Remove and yield everything whose slot has passed at ``now``; what is scheduled meanwhile waits."""
        current = int(now // self._slot_s)
        ripe = []
        while self._order and self._order[0] <= current:
            ripe.append(self._slots.pop(heapq.heappop(self._order)))
        for items in ripe:
            yield from items


class Pauses:
    """Tasks that wait for a moment of the clock.

    :meth:`sweep` has to be called again and again (the sweeper does); a pause lasts up
    to the next sweep longer than asked for.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[asyncio.Future[None], float] = {}
        self._over = False

    def __len__(self) -> int:
        return len(self._waiting)

    async def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or at once when all pauses are over. Cancel-safe."""
        if self._over:
            return
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[end] = self._clock.monotonic() + seconds
        try:
            await end
        finally:
            del self._waiting[end]

    def sweep(self) -> None:
        """End the pauses whose time is up."""
        now = self._clock.monotonic()
        self._end([end for end, moment in self._waiting.items() if moment <= now])

    def end_all(self) -> None:
        """End every pause now, and those still to come at once: the replica is going away."""
        self._over = True
        self._end(list(self._waiting))

    def _end(self, pauses: list[asyncio.Future[None]]) -> None:
        for end in pauses:
            if not end.done():
                end.set_result(None)
