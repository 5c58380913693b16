"""Time passes for all connections in one task."""

import asyncio

from common.clock import Clock
from websocket_service.live.hub import Hub
from websocket_service.live.session import Session
from websocket_service.live.timer_wheel import Pauses, TimerWheel

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
