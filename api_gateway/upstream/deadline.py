"""Bounds how long the gateway waits for an upstream in one call (docs/gateway.md, row 10)."""

from types import TracebackType
from typing import Self

from common.clock import LOOP_SCHEDULER, Scheduler, Timeout


class Deadline:
    """The time a call may spend waiting for its upstream: attempts, retry delays, head and body together.

    ``async with deadline:`` bounds a block by the time that is left, raising TimeoutError when it is over; blocks don't
    nest. Time spent waiting for the caller (for the next chunk of its body, or for it to take what was read) doesn't
    count: that is bounded elsewhere and not the upstream's fault.

    Args:
        allowance_s: seconds of waiting in total.
        renewed_by_progress: each wait gets the whole allowance, so that it bounds standstill, not the total (uploads).
        scheduler: measures the time.
    """

    __slots__ = ("_left_s", "_renewed", "_scheduler", "_scope", "_since", "allowance_s")

    def __init__(
        self, allowance_s: float, *, renewed_by_progress: bool = False, scheduler: Scheduler = LOOP_SCHEDULER
    ) -> None:
        self.allowance_s = allowance_s
        self._left_s = allowance_s
        self._renewed = renewed_by_progress
        self._scheduler = scheduler
        self._scope: Timeout | None = None
        self._since: float | None = None

    @property
    def left_s(self) -> float:
        """Seconds of waiting that are left, as of the last wait."""
        return self._left_s

    @property
    def total_left_s(self) -> float | None:
        """Seconds left of the whole call, or None when only standstill is bounded."""
        return None if self._renewed else self._left_s

    @property
    def paused(self) -> bool:
        """Whether the gateway waits for the caller at present."""
        return self._scope is not None and self._since is None

    async def __aenter__(self) -> Self:
        self._scope = Timeout(self._scheduler, self._start())
        await self._scope.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        scope, self._scope = self._scope, None
        self._spend()
        if scope is not None:
            await scope.__aexit__(kind, error, traceback)

    def pause(self) -> None:
        """Stop the clock while the gateway waits for the caller."""
        if self._scope is not None and not self._scope.expired:
            self._spend()
            self._scope.reschedule(None)

    def resume(self) -> None:
        """Let the clock run again after something was handed to the upstream."""
        if self._scope is not None and not self._scope.expired:
            self._scope.reschedule(self._start())

    def _start(self) -> float:
        """Begin to count, and return how many seconds there are."""
        if self._renewed:
            self._left_s = self.allowance_s
        self._since = self._scheduler.time()
        return self._left_s

    def _spend(self) -> None:
        if self._since is not None:
            self._left_s = max(0.0, self._left_s - (self._scheduler.time() - self._since))
            self._since = None
