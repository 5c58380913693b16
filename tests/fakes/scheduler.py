"""A scheduler that tests advance by hand."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial

from tests.support.eventually import eventually

TOLERANCE_S = 1e-6
"""What adding floats may lose."""


@dataclass(eq=False, slots=True)
class FakeTimer:
    """A callback that is due at ``due``; implements :class:`common.clock.Timer`."""

    due: float
    callback: Callable[[], object]
    over: bool = False

    def cancel(self) -> None:
        """Drop the callback."""
        self.over = True

    def call(self) -> None:
        """Call back, unless the timer was cancelled."""
        if not self.over:
            self.over = True
            self.callback()


class FakeScheduler:
    """Stands still until a test advances it; implements :class:`common.clock.Scheduler`."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._timers: list[FakeTimer] = []

    def time(self) -> float:
        """Return seconds that grow by what the scheduler was advanced."""
        return self._now

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: object) -> FakeTimer:
        """Keep ``callback`` until the scheduler has been advanced by ``delay`` seconds; call it soon for 0 and less.

        It is called in the context of this call, as the event loop's own are.
        """
        timer = FakeTimer(self._now + delay, partial(copy_context().run, callback, *args))
        if delay <= 0:
            asyncio.get_running_loop().call_soon(timer.call)
        else:
            self._timers.append(timer)
        return timer

    @property
    def delays_s(self) -> list[float]:
        """The seconds until each callback that is due later, the next one first."""
        self._timers = sorted((timer for timer in self._timers if not timer.over), key=lambda timer: timer.due)
        return [timer.due - self._now for timer in self._timers]

    def advance(self, seconds: float) -> None:
        """Move the time ``seconds`` ahead, and call what becomes due in its order and at its own time."""
        end = self._now + seconds
        while any(self._now + delay <= end + TOLERANCE_S for delay in self.delays_s):
            timer = self._timers[0]
            self._now = max(self._now, timer.due)
            timer.call()
        self._now = max(self._now, end)

    async def until_due_in(self, seconds: float) -> None:
        """Return once a callback is due in ``seconds`` seconds, because the code under test waits for it."""
        await eventually(lambda: any(abs(delay - seconds) < TOLERANCE_S for delay in self.delays_s))
