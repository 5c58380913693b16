"""A TCP connection: how long it may wait for a request's head, the task that its app runs in, and how it ends.

While hypercorn's queue of events is full it blocks the task that reports a disconnect. When the app has stopped reading
(a refused upload), that is the app's own last ``send``, which would wait for itself.
"""

import asyncio
from asyncio import AbstractEventLoop, CancelledError, TimerHandle
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn, Protocol

import structlog
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import AsyncioSingleTask
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.typing import AppWrapper, ASGIReceiveCallable, ASGIReceiveEvent, ASGISendEvent, Scope
from hypercorn.typing import TaskGroup as AnyTaskGroup

from common.web.hypercorn_overrides.client_connection import ROOM_BYTES, Wire, wire_of, with_wire
from common.web.hypercorn_overrides.config import ConnectionLimits, EdgeConfig, IdleConnections
from common.web.hypercorn_overrides.requests import EdgeRequests, edge_config

HURRY_S = 0.25
"""How long an idle connection is left open when the process goes, for a request that is on its way."""

READ_BYTES = 262_144
"""How much is taken off a connection at once. With hypercorn's own 64 KB a large upload costs a third more: each piece
passes the same dozen calls whatever its size."""

WEBSOCKET_LINGER_S = 2.0

SHUTDOWN_LINGER_S = 1.0
"""Lingering is cut to these where nothing large can be on its way: after a WebSocket, and as the process goes."""

_LAST = frozenset({"http.disconnect", "websocket.disconnect"})

_logger = structlog.get_logger(__name__)


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

    async def restart(self, _task_group: AnyTaskGroup, _action: Callable[[], object]) -> None:
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


class EdgeConnection(TCPServer):
    """One accepted connection under our configuration."""

    _lingering = False
    _linger_bytes = 0
    _last_resort: TimerHandle | None = None

    async def run(self) -> None:
        """Serve the connection to its end."""
        self._edge = edge_config(self.config)
        self._limits = self._edge.limits
        self._linger_bytes = self._limits.linger_bytes
        self._wire = Wire(self.writer)
        self.state = with_wire(self.state, self._wire)
        self.idle_task = IdleTimer(self.loop, self._limits, self._edge.idle_connections, self)
        await super().run()

    def is_fresh(self) -> bool:
        """Tell whether the connection has not had a request yet."""
        return self._requests.is_fresh()

    def has_begun_a_head(self) -> bool:
        """Tell whether a part of the next head has arrived."""
        return self._requests.has_begun_a_head()

    def give_up(self) -> None:
        """Close an idle connection."""
        self.writer.close()

    async def protocol_send(self, event: Event) -> None:
        """Do what the protocol asks: send bytes (and wait for room if there is none), mind the idle timer, close."""
        if isinstance(event, Closed):
            self._linger()
            return
        if isinstance(event, RawData) and self._wire.unsent_bytes < ROOM_BYTES:
            self._wire.write(event.data)
            return
        try:
            await super().protocol_send(event)
        except OSError:
            await self.protocol.handle(Closed())

    async def _read_data(self) -> None:
        with suppress(OSError):
            while data := await self.reader.read(READ_BYTES):
                if not self.writer.is_closing() and not self._lingering:
                    await self.protocol.handle(RawData(data))
                    continue
                self._linger_bytes -= len(data)
                if self._linger_bytes < 0:
                    break
        await self.protocol.handle(Closed())

    def _linger(self) -> None:
        """Shut our side; :meth:`_read_data` goes on until the peer has shut its own or patience ends."""
        if self._lingering:
            return
        self._lingering = True
        with suppress(OSError, RuntimeError, NotImplementedError):
            self.writer.write_eof()
        self._abort_after(self._linger_s())

    def _linger_s(self) -> float:
        if self._edge.idle_connections.closing:
            return SHUTDOWN_LINGER_S
        return WEBSOCKET_LINGER_S if self._requests.is_websocket() else self._limits.linger_s

    async def _close(self) -> None:
        await self.idle_task.stop()
        with suppress(OSError, RuntimeError, NotImplementedError):
            self.writer.write_eof()
        self.writer.close()
        self._abort_after(self._limits.flush_s)
        try:
            with suppress(OSError, RuntimeError, CancelledError):
                await self.writer.wait_closed()
        finally:
            self._abort_never()

    def _abort_after(self, seconds: float) -> None:
        self._abort_never()
        self._last_resort = self.loop.call_later(seconds, self._wire.abort)

    def _abort_never(self) -> None:
        if self._last_resort is not None:
            self._last_resort.cancel()
            self._last_resort = None

    @property
    def _requests(self) -> EdgeRequests:
        protocol = self.protocol.protocol
        if not isinstance(protocol, EdgeRequests):
            message = "the seams are not installed"
            raise TypeError(message)
        return protocol


class Inbox(asyncio.Queue[ASGIReceiveEvent]):
    """A bounded queue of ASGI events that never holds up the news that the peer is gone, and can be closed."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._bounded = True
        self._closed = False

    def full(self) -> bool:
        """Tell whether the next event has to wait."""
        return self._bounded and super().full()

    async def put(self, item: ASGIReceiveEvent) -> None:
        """Queue ``item``; a disconnect at once, anything else when there is room, nothing once closed."""
        if item["type"] in _LAST:
            self._bounded = False
        if not self._closed:
            await super().put(item)

    def close(self) -> None:
        """Drop what is queued and release whoever waits for room: the app is done."""
        self._closed = True
        self._bounded = False
        while not self.empty():
            self.get_nowait()


class EdgeTaskGroup(TaskGroup):
    """Runs apps with an :class:`Inbox`, under our configuration."""

    async def spawn_app(
        self,
        app: AppWrapper,
        config: Config,
        scope: Scope,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        """Start ``app`` in a task of this group; returns what feeds it."""
        if not isinstance(config, EdgeConfig):
            return await super().spawn_app(app, config, scope, send)
        inbox = Inbox(config.max_app_queue_size)
        self.spawn(self._serve, app, scope, inbox, send)
        return inbox.put

    async def _serve(
        self,
        app: AppWrapper,
        scope: Scope,
        inbox: Inbox,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> None:
        receive = _receive_from(inbox, scope)
        try:
            await app(scope, receive, send, _for_wsgi_alone, _for_wsgi_alone)
        except Exception:
            _logger.exception("connection.app_failed")
        finally:
            inbox.close()
            await send(None)


def _receive_from(inbox: Inbox, scope: Scope) -> ASGIReceiveCallable:
    """Return what the app calls for its events; its first call is what a client's ``Expect`` has waited for."""
    wire = wire_of(scope)
    before_body = wire.before_body if wire is not None else None
    if wire is None or before_body is None:
        return inbox.get

    async def receive() -> ASGIReceiveEvent:
        if wire.before_body is before_body:
            wire.before_body = None
            await before_body()
        return await inbox.get()

    return receive


def _for_wsgi_alone(*_: object) -> NoReturn:
    """Stand in for the two callables that hypercorn hands to WSGI wrappers."""
    message = "only ASGI apps are served"
    raise NotImplementedError(message)
