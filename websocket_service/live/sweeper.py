"""Lets time pass for all connections in one task: the timer wheel, and the sweeper over it."""

import asyncio
import heapq
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from common.clock import Clock

ItemT = TypeVar("ItemT")

SLOT_S = 0.25
JUMP_S = 0.5
"""Drift of the wall clock against the monotonic one beyond which every connection's expiry is examined again."""


class Examinable(Protocol):
    """What the sweeper examines: a connection's session."""

    examine_at: float
    """When it wants to be examined, in monotonic seconds."""

    def examine(self) -> None:
        """Do what time demands, and schedule the next examination."""
        ...


class TimerWheel(Generic[ItemT]):
    """Hands items back when their time has come, in slots of ``slot_s`` seconds; an item may be in several slots.

    One sweeper over a wheel replaces a task a socket: waking costs only what is due, however many wait.
    """

    def __init__(self, *, slot_s: float = SLOT_S) -> None:
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


class Sweeper:
    """Examines each session when its time has come.

    Args:
        sessions: all that there are.
        wheel: where sessions schedule their examinations.
        clock: decides what is due.
    """

    def __init__(self, sessions: Iterable[Examinable], wheel: TimerWheel[Examinable], clock: Clock) -> None:
        self._sessions = sessions
        self._wheel = wheel
        self._clock = clock
        self._offset_s = self._offset()

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(SLOT_S)
            self.sweep()

    def sweep(self) -> None:
        """Examine the sessions that are due; all of them when the wall clock was set."""
        now, offset_s = self._clock.monotonic(), self._offset()
        if abs(offset_s - self._offset_s) > JUMP_S:
            self._offset_s = offset_s
            for session in self._sessions:
                session.examine()
        for session in self._wheel.due(now):
            # A session that was examined out of turn stands in the wheel twice; only its latest entry counts.
            if session.examine_at <= now:
                session.examine()

    def _offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
