"""Waits that a clock decides, all of them ended by one sweep."""

import asyncio

from common.clock import Clock


class Pauses:
    """Tasks that wait for a moment of the clock.

    :meth:`sweep` has to be called again and again (:class:`websocket_service.sweeper.Sweeper` does); a pause lasts up
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
