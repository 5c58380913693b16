"""How long the gateway waits for an upstream in one exchange (gateway: timeouts)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Deadline:
    """The time an exchange may spend waiting for its upstream, attempts, pauses, head and body together.

    Time spent waiting for the caller (for the next chunk of its body, or for it to take what was read) doesn't count:
    that is bounded elsewhere and not the upstream's fault.

    Args:
        allowance_s: seconds of waiting in total.
        renewed_by_progress: each wait gets the whole allowance, so that it bounds standstill, not the total (uploads).
    """

    def __init__(self, allowance_s: float, *, renewed_by_progress: bool = False) -> None:
        self.allowance_s = allowance_s
        self._left_s = allowance_s
        self._renewed = renewed_by_progress
        self._scope: asyncio.Timeout | None = None
        self._since = 0.0

    @property
    def left_s(self) -> float:
        """Seconds of waiting that are left, while nobody waits."""
        return self._left_s

    @property
    def total_left_s(self) -> float | None:
        """Seconds left of the whole exchange, or None when only standstill is bounded."""
        return None if self._renewed else self._left_s

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Bound the block by the time that is left.

        Raises:
            TimeoutError: the time is over.
        """
        async with asyncio.timeout(None) as scope:
            self._scope = scope
            self.resume()
            try:
                yield
            finally:
                self._spend()
                self._scope = None

    def pause(self) -> None:
        """Stop the clock: it is the caller now who is waited for."""
        if self._scope is not None and not self._scope.expired():
            self._spend()
            self._scope.reschedule(None)

    def resume(self) -> None:
        """Let the clock run again: something was handed to the upstream."""
        if self._renewed:
            self._left_s = self.allowance_s
        self._since = asyncio.get_running_loop().time()
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(self._since + self._left_s)

    def _spend(self) -> None:
        if self._scope is not None and self._scope.when() is not None:
            self._left_s = max(0.0, self._left_s - (asyncio.get_running_loop().time() - self._since))
