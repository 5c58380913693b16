"""Many deadlines, one timer."""

import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

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
