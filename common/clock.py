"""Time as a dependency, so that tests decide what time it is."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self


class Clock(Protocol):
    """Tells wall-clock and monotonic time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go backwards."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go backwards."""
        return time.monotonic()


class Timer(Protocol):
    """A callback that is due later."""

    def cancel(self) -> object:
        """Drop the callback; does nothing when it has run."""
        ...


class Scheduler(Protocol):
    """Calls back by the time of an event loop; every event loop is one."""

    def time(self) -> float:
        """Return seconds from an arbitrary start that never go backwards."""
        ...

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: object) -> Timer:
        """Have ``callback`` called with ``args`` in ``delay`` seconds, or as soon as possible for 0 and less."""
        ...


class LoopScheduler:
    """The running event loop, looked up at each call, so that one can be made before the loop runs."""

    def time(self) -> float:
        """Return the event loop's time."""
        return asyncio.get_running_loop().time()

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: object) -> Timer:
        """Have the event loop call ``callback`` with ``args`` in ``delay`` seconds."""
        return asyncio.get_running_loop().call_later(delay, callback, *args)


LOOP_SCHEDULER = LoopScheduler()


class Timeout:
    """Cancels a block that takes too long: ``async with Timeout(scheduler, seconds): ...`` raises TimeoutError.

    As :func:`asyncio.timeout`, but by a scheduler's time. ``None`` seconds is no limit.
    """

    __slots__ = ("_cancelling", "_delay_s", "_scheduler", "_task", "_timer", "expired")

    def __init__(self, scheduler: Scheduler, delay_s: float | None) -> None:
        self.expired = False
        self._scheduler = scheduler
        self._delay_s = delay_s
        self._timer: Timer | None = None

    async def __aenter__(self) -> Self:
        """Start the time."""
        task = asyncio.current_task()
        if task is None:
            message = "a Timeout bounds a block of a task"
            raise RuntimeError(message)
        self._task = task
        self._cancelling = task.cancelling()
        if self._delay_s is not None:
            self._timer = self._scheduler.call_later(self._delay_s, self._expire)
        return self

    def reschedule(self, delay_s: float | None) -> None:
        """Give the block ``delay_s`` seconds from now; None stops the time. Too late once it has expired."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if delay_s is not None and not self.expired:
            self._timer = self._scheduler.call_later(delay_s, self._expire)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the time; raise TimeoutError in place of the cancellation, unless the task is cancelled from outside."""
        if self._timer is not None:
            self._timer.cancel()
        if self.expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self.expired = True
        self._task.cancel()


async def sleep(scheduler: Scheduler, delay_s: float) -> None:
    """Return after ``delay_s`` seconds of ``scheduler``'s time."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    timer = scheduler.call_later(delay_s, _end, over)
    try:
        await over
    finally:
        timer.cancel()


def _end(over: asyncio.Future[None]) -> None:
    if not over.done():  # done when its task was cancelled at the same moment
        over.set_result(None)
