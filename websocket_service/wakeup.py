"""A flag one task waits for; an ``asyncio.Event`` takes five times its memory, and a socket has one of its own."""

import asyncio


class Wakeup:
    """Raised by anybody on the loop, awaited by one task, lowered by waking it."""

    __slots__ = ("_raised", "_waiter")

    def __init__(self) -> None:
        self._raised = False
        self._waiter: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Raise the flag and wake whoever waits."""
        self._raised = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Return once the flag is raised, and lower it. Cancel-safe; for one task at a time."""
        if not self._raised:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._raised = False
