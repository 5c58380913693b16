"""A TCP connection: how long it may wait for a request's head, and how it ends."""

from asyncio import CancelledError
from contextlib import suppress
from typing import Protocol

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.typing import ConnectionState

from common.clock import Scheduler, Timer
from common.errors.tracebacks import drop_tracebacks
from common.web.hypercorn_overrides.app_tasks import EdgeTaskGroup
from common.web.hypercorn_overrides.asgi_request import Address, ServedConnection
from common.web.hypercorn_overrides.client_connection import ROOM_BYTES, ClientConnection, with_connection
from common.web.hypercorn_overrides.config import ConnectionLimits, IdleConnections, edge_config
from common.web.hypercorn_overrides.requests import EdgeRequests

CLOSE_SOON_S = 0.25
"""How long an idle connection stays open when a drain begins or the process stops, for a request on its way."""

READ_BYTES = 262_144
"""How much is taken off a connection at once. With hypercorn's own 64 KB a large upload costs a third more: each piece
passes the same dozen calls whatever its size."""

WEBSOCKET_LINGER_S = 2.0

SHUTDOWN_LINGER_S = 1.0
"""Lingering is cut to these where nothing large can be on its way: after a WebSocket, and as the process stops."""


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


class IdleTimer:
    """Ends a connection that waits too long for a request: a timer that checks it now and then.

    A fresh connection has ``head_s`` for its first head. A kept one may be silent for ``idle_s``; a head found
    begun at one check must be complete at the next.
    """

    def __init__(
        self, scheduler: Scheduler, limits: ConnectionLimits, idle: IdleConnections, connection: KeepAliveConnection
    ) -> None:
        self._scheduler = scheduler
        self._limits = limits
        self._idle = idle
        self._connection = connection
        self._timer: Timer | None = None
        self._deadline = 0.0
        self._head_was_partial = False

    def start(self) -> None:
        """Begin to wait for a head."""
        self.cancel()
        self._head_was_partial = False
        self._deadline = self._scheduler.time() + self._limits.idle_s
        self._timer = self._scheduler.call_later(self._limits.head_s, self._check)
        self._idle.add(self)

    def cancel(self) -> None:
        """Stop waiting, because a head has come or the connection is closing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._idle.discard(self)

    def leave(self) -> None:
        """Close a kept connection after CLOSE_SOON_S, because a drain begins; a head that has begun by then is served.

        A fresh connection stays: its first response says that it is the last.
        """
        if self._timer is not None and not self._connection.awaits_first_request():
            self._timer.cancel()
            self._timer = self._scheduler.call_later(CLOSE_SOON_S, self._leave)

    def close_soon(self) -> None:
        """Close after CLOSE_SOON_S, because the process is stopping."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._scheduler.call_later(CLOSE_SOON_S, self._close)

    def _leave(self) -> None:
        if self._connection.has_partial_head():
            self._check()
        else:
            self._close()

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
        self._idle = IdleTimer(self._edge.scheduler, self._limits, self._edge.idle_connections, self)
        try:
            await self._serve()
        except OSError:
            pass
        finally:
            await self._close()
            del self._idle

    async def _serve(self) -> None:
        client, server = self._address("peername"), self._address("sockname")
        state = ConnectionState(with_connection(self.state, self._client))
        async with EdgeTaskGroup(self.loop) as tasks:
            served = ServedConnection(self.app, self._edge, self.context, tasks, state, client, server)
            self._requests = EdgeRequests(self, served)
            self._idle.start()
            await self._read_data()
        del self._requests  # which hold the connection in turn, as its idle timer does

    def _address(self, of: str) -> Address:
        """Return host and port of one end; raises ConnectionError when the peer has left already."""
        address = self.writer.get_extra_info(of)
        if address is None:
            raise ConnectionError
        host, port, *_ = address
        return host, port

    def awaits_first_request(self) -> bool:
        """Tell whether the connection has not had a request yet."""
        return self._requests.awaits_first_request()

    def has_partial_head(self) -> bool:
        """Tell whether a part of the next head has arrived."""
        return self._requests.has_partial_head()

    def close_idle(self) -> None:
        """Close an idle connection."""
        self.writer.close()

    @property
    def client(self) -> ClientConnection:
        """The connection as the app may use it."""
        return self._client

    async def send(self, data: bytes) -> None:
        """Send ``data``, waiting for room where much is unsent already; it is dropped when the client has left."""
        if self._client.unsent_bytes < ROOM_BYTES:
            self._client.write(data)
            return
        async with self.send_lock:
            try:
                self.writer.write(data)
                await self.writer.drain()
            except (OSError, RuntimeError):
                await self._requests.client_left()

    def note_request(self) -> None:
        """Stop the idle timer, because a request has come."""
        self._idle.cancel()

    def note_idle(self) -> None:
        """Start the idle timer, because the connection waits for its next request."""
        self._idle.start()

    async def _read_data(self) -> None:
        with suppress(OSError):
            while data := await self.reader.read(READ_BYTES):
                if not self.writer.is_closing() and not self._lingering:
                    await self._requests.receive(data)
                    continue
                self._linger_bytes -= len(data)
                if self._linger_bytes < 0:
                    break
        await self._requests.client_left()

    def linger(self) -> None:
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
        self._idle.cancel()
        with suppress(OSError, RuntimeError, NotImplementedError):
            self.writer.write_eof()
        self.writer.close()
        self._abort_after(self._limits.flush_s)
        try:
            await self.writer.wait_closed()
        except (OSError, RuntimeError, CancelledError) as error:
            drop_tracebacks(error)  # the streams keep it
        finally:
            self._cancel_abort()

    def _abort_after(self, seconds: float) -> None:
        self._cancel_abort()
        self._abort_timer = self._edge.scheduler.call_later(seconds, self._client.abort)

    def _cancel_abort(self) -> None:
        if self._abort_timer is not None:
            self._abort_timer.cancel()
            self._abort_timer = None
