"""How long a connection may wait for its next head, and how long that head may take.

Hypercorn has one timeout for both, and spends two tasks on each request to watch it.
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from typing import Protocol

from hypercorn.asyncio.worker_context import AsyncioSingleTask
from hypercorn.typing import TaskGroup

from common.web.hypercorn_seams.config import ConnectionLimits, IdleConnections

HURRY_S = 0.25
"""How long an idle connection is left open when the process goes, for a request that is on its way."""


class Waiting(Protocol):
    """The connection that waits."""

    def is_fresh(self) -> bool:
        """Tell whether it has not had a request yet."""
        ...

    def has_begun_a_head(self) -> bool:
        """Tell whether a part of a head has arrived."""
        ...

    def give_up(self) -> None:
        """Close it."""
        ...


class IdleTimer(AsyncioSingleTask):
    """Takes the place of hypercorn's idle task: a timer that looks at the connection now and then.

    A fresh connection has ``head_s`` for its first head. A kept one may be silent for ``idle_s``; a head found
    begun at one look must be complete at the next.
    """

    def __init__(
        self, loop: AbstractEventLoop, limits: ConnectionLimits, idle: IdleConnections, connection: Waiting
    ) -> None:
        super().__init__()
        self._loop = loop
        self._limits = limits
        self._idle = idle
        self._connection = connection
        self._timer: TimerHandle | None = None
        self._deadline = 0.0
        self._head_begun = False

    async def restart(self, _task_group: TaskGroup, _action: Callable[[], object]) -> None:
        """Begin to wait for a head."""
        self.disarm()
        self._head_begun = False
        self._deadline = self._loop.time() + self._limits.idle_s
        self._timer = self._loop.call_later(self._limits.head_s, self._look)
        self._idle.add(self)

    async def stop(self) -> None:
        """Wait no longer: a head has come, or the connection is closing."""
        self.disarm()

    def disarm(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._idle.discard(self)

    def hurry(self) -> None:
        """Wait for little longer: the process is going away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._loop.call_later(HURRY_S, self._give_up)

    def _look(self) -> None:
        begun = self._connection.has_begun_a_head()
        remaining_s = self._deadline - self._loop.time()
        if self._connection.is_fresh() or (begun and self._head_begun) or remaining_s <= 0:
            self._give_up()
            return
        self._head_begun = begun
        self._timer = self._loop.call_later(min(remaining_s, self._limits.head_s), self._look)

    def _give_up(self) -> None:
        self.disarm()
        self._connection.give_up()
