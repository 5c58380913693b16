"""A TCP connection, and how it ends.

Hypercorn closes a socket whose peer is still sending; the kernel then resets the connection, and the peer may lose
our last answer. Every close here lingers instead (RFC 9112 section 9.6): our side is shut, the peer's is read and
dropped until it closes too, within bounds of time and bytes.
"""

from asyncio import CancelledError, TimerHandle
from contextlib import suppress

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Closed, Event, RawData

from common.web.hypercorn_seams.idle_timer import IdleTimer
from common.web.hypercorn_seams.requests import EdgeRequests, edge_config
from common.web.wire import ROOM_BYTES, Wire, with_wire

READ_BYTES = 262_144
"""How much is taken off a connection at once. With hypercorn's own 64 KB a large upload costs a third more: each piece
passes the same dozen calls whatever its size."""

WEBSOCKET_LINGER_S = 2.0
SHUTDOWN_LINGER_S = 1.0
"""Lingering is cut to these where nothing large can be on its way: after a WebSocket, and as the process goes."""


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
