"""Lets time pass for all connections in one task: the timer wheel, the pauses, and the sweeper over both."""

import asyncio
import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

from common.clock import Clock
from websocket_service.live.hub import Hub
from websocket_service.live.session import Session

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


SLOT_S = 0.25
JUMP_S = 0.5
"""By how much the wall clock may drift against the monotonic one before everybody's expiry is looked at again."""


class Sweeper:
    """Examines each session when its time has come, and ends the pauses whose time is up."""

    def __init__(self, hub: Hub[Session], wheel: TimerWheel[Session], pauses: Pauses, clock: Clock) -> None:
        self._hub = hub
        self._wheel = wheel
        self._pauses = pauses
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
            for session in self._hub:
                self.examine(session)
        for session in self._wheel.due(now):
            # A session that was examined out of turn stands in the wheel twice; only its latest entry counts.
            if session.examine_at <= now:
                self.examine(session)
        self._pauses.sweep()

    def examine(self, session: Session) -> None:
        """Examine one session now and note when to do so again."""
        in_s = session.examine()
        if in_s is not None:
            session.examine_at = self._clock.monotonic() + in_s
            self._wheel.schedule(session, at=session.examine_at)

    def _offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
