"""A TCP connection: how long it may wait for a request's head, the task that its app runs in, and how it ends.

While hypercorn's queue of events is full it blocks the task that reports a disconnect. When the app has stopped reading
(a refused upload), that is the app's own last ``send``, which would wait for itself.
"""

import asyncio
from asyncio import CancelledError
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

from common.clock import Scheduler, Timer
from common.web.hypercorn_overrides.client_connection import (
    ROOM_BYTES,
    ClientConnection,
    connection_of,
    with_connection,
)
from common.web.hypercorn_overrides.config import ConnectionLimits, EdgeConfig, IdleConnections
from common.web.hypercorn_overrides.requests import EdgeRequests, edge_config

CLOSE_SOON_S = 0.25
"""How long an idle connection stays open when the process stops, for a request that is on its way."""

READ_BYTES = 262_144
"""How much is taken off a connection at once. With hypercorn's own 64 KB a large upload costs a third more: each piece
passes the same dozen calls whatever its size."""

WEBSOCKET_LINGER_S = 2.0

SHUTDOWN_LINGER_S = 1.0
"""Lingering is cut to these where nothing large can be on its way: after a WebSocket, and as the process stops."""

_DISCONNECTS = frozenset({"http.disconnect", "websocket.disconnect"})

_logger = structlog.get_logger(__name__)


class KeepAliveConnection(Protocol):
    """A connection as its idle timer sees it."""

    def awaits_first_request(self) -> bool:
        """Tell whether it has had no request yet."""
        ...

    def has_partial_head(self) -> bool:
        """Tell whether a part of a head has arrived."""
        ...

    def close_idle(self) -> None:
        """Close it."""
        ...


class IdleTimer(AsyncioSingleTask):
    """Takes the place of hypercorn's idle task: a timer that checks the connection now and then.

    A fresh connection has ``head_s`` for its first head. A kept one may be silent for ``idle_s``; a head found
    begun at one check must be complete at the next.
    """

    def __init__(
        self, scheduler: Scheduler, limits: ConnectionLimits, idle: IdleConnections, connection: KeepAliveConnection
    ) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._limits = limits
        self._idle = idle
        self._connection = connection
        self._timer: Timer | None = None
        self._deadline = 0.0
        self._head_was_partial = False

    async def restart(self, _task_group: AnyTaskGroup, _action: Callable[[], object]) -> None:
        """Begin to wait for a head."""
        self.cancel()
        self._head_was_partial = False
        self._deadline = self._scheduler.time() + self._limits.idle_s
        self._timer = self._scheduler.call_later(self._limits.head_s, self._check)
        self._idle.add(self)

    async def stop(self) -> None:
        """Stop waiting, because a head has come or the connection is closing."""
        self.cancel()

    def cancel(self) -> None:
        """Stop waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._idle.discard(self)

    def close_soon(self) -> None:
        """Close after CLOSE_SOON_S, because the process is stopping."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._scheduler.call_later(CLOSE_SOON_S, self._close)

    def _check(self) -> None:
        begun = self._connection.has_partial_head()
        remaining_s = self._deadline - self._scheduler.time()
        if self._connection.awaits_first_request() or (begun and self._head_was_partial) or remaining_s <= 0:
            self._close()
            return
        self._head_was_partial = begun
        self._timer = self._scheduler.call_later(min(remaining_s, self._limits.head_s), self._check)

    def _close(self) -> None:
        self.cancel()
        self._connection.close_idle()


class EdgeConnection(TCPServer):
    """One accepted connection under our configuration."""

    _lingering = False
    _linger_bytes = 0
    _abort_timer: Timer | None = None

    async def run(self) -> None:
        """Serve the connection to its end."""
        self._edge = edge_config(self.config)
        self._limits = self._edge.limits
        self._linger_bytes = self._limits.linger_bytes
        self._client = ClientConnection(self.writer, self._edge.scheduler)
        self.state = with_connection(self.state, self._client)
        self.idle_task = IdleTimer(self._edge.scheduler, self._limits, self._edge.idle_connections, self)
        await super().run()

    def awaits_first_request(self) -> bool:
        """Tell whether the connection has not had a request yet."""
        return self._requests.awaits_first_request()

    def has_partial_head(self) -> bool:
        """Tell whether a part of the next head has arrived."""
        return self._requests.has_partial_head()

    def close_idle(self) -> None:
        """Close an idle connection."""
        self.writer.close()

    async def protocol_send(self, event: Event) -> None:
        """Do what the protocol asks: send bytes (waiting for room if need be), restart or stop the idle timer, end."""
        if isinstance(event, Closed):
            self._linger()
            return
        if isinstance(event, RawData) and self._client.unsent_bytes < ROOM_BYTES:
            self._client.write(event.data)
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
        """Shut our side; :meth:`_read_data` goes on until the peer has shut its own or a linger limit is reached."""
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
            self._cancel_abort()

    def _abort_after(self, seconds: float) -> None:
        self._cancel_abort()
        self._abort_timer = self._edge.scheduler.call_later(seconds, self._client.abort)

    def _cancel_abort(self) -> None:
        if self._abort_timer is not None:
            self._abort_timer.cancel()
            self._abort_timer = None

    @property
    def _requests(self) -> EdgeRequests:
        protocol = self.protocol.protocol
        if not isinstance(protocol, EdgeRequests):
            message = "the overrides are not installed"
            raise TypeError(message)
        return protocol


class EventQueue(asyncio.Queue[ASGIReceiveEvent]):
    """A bounded queue of ASGI events in which a disconnect never waits for room; it can be closed."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._bounded = True
        self._closed = False

    def full(self) -> bool:
        """Tell whether the next event has to wait."""
        return self._bounded and super().full()

    async def put(self, item: ASGIReceiveEvent) -> None:
        """Queue ``item``: a disconnect at once, other events when there is room, nothing after :meth:`close`."""
        if item["type"] in _DISCONNECTS:
            self._bounded = False
        if not self._closed:
            await super().put(item)

    def close(self) -> None:
        """Drop what is queued and release the tasks that wait for room, because the app has returned."""
        self._closed = True
        self._bounded = False
        while not self.empty():
            self.get_nowait()


class EdgeTaskGroup(TaskGroup):
    """Runs apps with an :class:`EventQueue`, under our configuration."""

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
        queue = EventQueue(config.max_app_queue_size)
        self.spawn(self._serve, app, scope, queue, send)
        return queue.put

    async def _serve(
        self,
        app: AppWrapper,
        scope: Scope,
        queue: EventQueue,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> None:
        receive = _receive_from(queue, scope)
        try:
            await app(scope, receive, send, _for_wsgi_alone, _for_wsgi_alone)
        except Exception:  # the last place above the app: an error here must not end the server
            _logger.exception("connection.app_failed")
        finally:
            queue.close()
            await send(None)


def _receive_from(queue: EventQueue, scope: Scope) -> ASGIReceiveCallable:
    """Return what the app calls for its events; its first call is what a client's ``Expect`` has waited for."""
    client = connection_of(scope)
    before_body = client.before_body if client is not None else None
    if client is None or before_body is None:
        return queue.get

    async def receive() -> ASGIReceiveEvent:
        if client.before_body is before_body:
            client.before_body = None
            await before_body()
        return await queue.get()

    return receive


def _for_wsgi_alone(*_: object) -> NoReturn:
    """Stand in for the two callables that hypercorn hands to WSGI wrappers."""
    message = "only ASGI apps are served"
    raise NotImplementedError(message)
