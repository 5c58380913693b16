"""The frames that wait for one client, and the signal that wakes its writer."""

import asyncio

from websocket_service.protocol.server_frames import Frame


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


class Outbox:
    """A queue bounded by frames and by bytes; pure, so whoever writes to the client waits elsewhere.

    A frame counts until :meth:`sent` says that it has left: what lies in the writer's hands is memory too. It is a list
    and not a deque because an empty deque takes ten times an empty list, and most outboxes are empty.
    """

    __slots__ = ("_frames", "_max_bytes", "_max_frames", "size")

    def __init__(self, max_bytes: int, max_frames: int) -> None:
        self._frames: list[Frame] = []
        self._max_bytes = max_bytes
        self._max_frames = max_frames
        self.size = 0

    def offer(self, frame: Frame) -> bool:
        """Take ``frame`` and return True, or leave everything as it was and return False when a bound would be passed.

        An empty outbox takes any frame: one that is larger than the bound would otherwise never be delivered.
        """
        if self._frames and (len(self._frames) >= self._max_frames or self.size + frame.size > self._max_bytes):
            return False
        self._frames.append(frame)
        self.size += frame.size
        return True

    def peek(self) -> Frame | None:
        """Return the oldest frame without removing it, None when nothing waits."""
        return self._frames[0] if self._frames else None

    def sent(self) -> None:
        """Drop the oldest frame: the client's connection has taken it."""
        self.size -= self._frames.pop(0).size

    def clear(self) -> None:
        """Drop everything."""
        self._frames = []
        self.size = 0

    def __len__(self) -> int:
        return len(self._frames)
