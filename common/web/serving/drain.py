"""How a replica stops: unready, then closed to new work, then empty.

Architecture decision 9 and docs/gateway.md, row 26, give the order.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum, auto

import structlog

from common.clock import LOOP_SCHEDULER, Scheduler, Timeout, sleep

DrainHook = Callable[[], Awaitable[None]]

CANCELLED_WORK_ENDS_WITHIN_S = 2.0
"""How long cancelled work may spend in its ``finally`` blocks before resources are closed under it."""

_logger = structlog.get_logger(__name__)


class Stage(Enum):
    """Where a replica is between serving and gone."""

    SERVING = auto()
    LEAVING = auto()
    REFUSING = auto()
    EXPIRED = auto()


class Work(Enum):
    """What a drain waits for."""

    REQUEST = auto()
    SOCKET = auto()


class DrainState:
    """Counts the work in flight and stops a replica without losing any of it.

    The edge middleware enters and leaves work; :func:`common.web.serving.server.serve_until_signalled` calls
    :meth:`drain`; readiness and the edge middleware read the stage. ``serving`` is set once the listener accepts.
    """

    def __init__(self, scheduler: Scheduler = LOOP_SCHEDULER) -> None:
        self._scheduler = scheduler
        self.stage = Stage.SERVING
        self.serving = asyncio.Event()
        self.stop_requested = asyncio.Event()
        self.crash: BaseException | None = None
        self._requests: set[asyncio.Task[object]] = set()
        self._sockets: set[asyncio.Task[object]] = set()
        self._sockets_closed = 0
        self._hooks: list[DrainHook] = []
        self._emptied = asyncio.Event()
        self._closed = asyncio.Event()

    @property
    def draining(self) -> bool:
        """True from the signal on: the replica is unready, and answers say ``Connection: close``."""
        return self.stage is not Stage.SERVING

    @property
    def refusing(self) -> bool:
        """True when new requests and sockets are answered 503."""
        return self.stage is Stage.REFUSING or self.stage is Stage.EXPIRED

    @property
    def expired(self) -> bool:
        """True when the deadline has passed and what was left has been cancelled."""
        return self.stage is Stage.EXPIRED

    @property
    def requests(self) -> int:
        """How many HTTP requests are in flight."""
        return len(self._requests)

    @property
    def sockets(self) -> int:
        """How many WebSockets are open."""
        return len(self._sockets)

    def on_drain(self, hook: DrainHook) -> DrainHook:
        """Have ``hook`` awaited once new work is refused; it ends what would not end by itself.

        Hooks run side by side, inside the drain's deadline; one that raises is logged and stops no other.
        """
        self._hooks.append(hook)
        return hook

    def request_stop(self, crash: BaseException | None = None) -> None:
        """Start the drain, as SIGTERM does. With a ``crash`` the process exits with an error afterwards."""
        self.crash = self.crash or crash
        self.stop_requested.set()

    def enter(self, work: Work, task: asyncio.Task[object]) -> None:
        """Count the request or socket that ``task`` serves."""
        self._tasks_of(work).add(task)

    def leave(self, work: Work, task: asyncio.Task[object]) -> None:
        """Count it as done."""
        self._sockets_closed += work is Work.SOCKET and self.refusing
        self._tasks_of(work).discard(task)
        if self._is_empty():
            self._emptied.set()

    def _tasks_of(self, work: Work) -> set[asyncio.Task[object]]:
        return self._requests if work is Work.REQUEST else self._sockets

    def _is_empty(self) -> bool:
        return not self._requests and not self._sockets

    async def sleep(self, delay_s: float) -> None:
        """Return after ``delay_s`` seconds, or as soon as new work is refused. Cancel-safe."""
        with suppress(TimeoutError):
            async with Timeout(self._scheduler, delay_s):
                await self._closed.wait()

    async def drain(self, *, grace_s: float, deadline_s: float) -> None:
        """Stop in order and return when no work is left.

        For ``grace_s`` seconds the replica is only unready. Then new work is refused, the hooks run, and what is
        in flight has ``deadline_s`` seconds to end; after those it is cancelled.
        """
        self.stage = Stage.LEAVING
        _logger.info("drain.leaving", requests=self.requests, sockets=self.sockets, grace_s=grace_s)
        await sleep(self._scheduler, grace_s)
        self.stage = Stage.REFUSING
        self._closed.set()
        _logger.info("drain.refusing", requests=self.requests, sockets=self.sockets, deadline_s=deadline_s)
        try:
            async with Timeout(self._scheduler, deadline_s):
                await self._finish()
        except TimeoutError:
            await self._expire()
        _logger.info("drain.done", requests=self.requests, sockets=self.sockets, sockets_closed=self._sockets_closed)

    async def _finish(self) -> None:
        async with asyncio.TaskGroup() as group:
            for hook in self._hooks:
                group.create_task(_run_hook(hook))
        await self._until_empty()

    async def _expire(self) -> None:
        self.stage = Stage.EXPIRED
        _logger.warning("drain.expired", requests=self.requests, sockets=self.sockets)
        for task in self._requests | self._sockets:
            task.cancel()
        with suppress(TimeoutError):
            async with Timeout(self._scheduler, CANCELLED_WORK_ENDS_WITHIN_S):
                await self._until_empty()

    async def _until_empty(self) -> None:
        while not self._is_empty():
            self._emptied.clear()
            await self._emptied.wait()


async def _run_hook(hook: DrainHook) -> None:
    try:
        await hook()
    except Exception:  # a hook that fails must not keep the process from draining
        _logger.exception("drain.hook_failed")
