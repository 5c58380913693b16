"""The TCP connection below a request or socket, as far as the app may see and touch it."""

import asyncio
import socket
from asyncio import StreamWriter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

ROOM_BYTES = 16_384
"""While fewer bytes wait to be sent the transport isn't paused (asyncio's low-water mark), and writing can't block."""

SILENT_INTERVALS = 2
"""A WebSocket's peer that was silent for this many ping intervals is gone (docs/feed.md, "Heartbeats")."""

_KEY = "common.web.hypercorn_overrides.client_connection"

_TCPI_STATE = 0
_TCPI_RETRANSMITS = 2
"""Where the bytes lie in ``struct tcp_info`` (linux/tcp.h)."""

_TCP_ESTABLISHED = 1
"""``tcpi_state`` of a connection open in both directions (linux/tcp.h, ``enum tcp_state``)."""


class Wire:
    """One accepted connection.

    Attributes:
        heard_at: loop time at which the peer was last heard: any WebSocket frame, pongs included.
        before_body: to be awaited before the body of the current request is first read, when the client waits
            for ``100 Continue``.
        pinger: asks a WebSocket's peer for a pong; None for what isn't one.
        fault: the RFC 6455 code of what made the peer's WebSocket messages unreadable; the app is told by an empty
            message and closes the socket.
    """

    __slots__ = ("_loop", "_transport", "before_body", "fault", "heard_at", "pinger")

    def __init__(self, writer: StreamWriter) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = writer.transport
        self.heard_at = self._loop.time()
        self.before_body: Callable[[], Awaitable[None]] | None = None
        self.pinger: Callable[[], None] | None = None
        self.fault: int | None = None

    @property
    def silent_s(self) -> float:
        """Seconds since the peer was last heard."""
        return self._loop.time() - self.heard_at

    @property
    def unsent_bytes(self) -> int:
        """Bytes that wait in this process because the kernel's buffer is full: the peer isn't reading."""
        return self._transport.get_write_buffer_size()

    @property
    def resending(self) -> bool:
        """Whether the peer's TCP acknowledges nothing, so that the kernel sends again; only Linux can tell."""
        try:
            return bool(self._tcp_info(_TCPI_RETRANSMITS))
        except OSError:
            return True

    def ping(self) -> None:
        """Ask the peer for a pong, if it is a WebSocket's; an answer shows in ``heard_at``."""
        if self.pinger is not None:
            self.pinger()

    def hear(self) -> None:
        """Note that the peer was heard just now."""
        self.heard_at = self._loop.time()

    def write(self, data: bytes) -> None:
        """Send ``data`` without waiting; lost when the connection is."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        """Drop the connection at once with all that waits to be sent, the kernel's share included.

        Nothing happens to one that has ended: asyncio's own abort would fail.
        """
        if self._transport.get_extra_info("socket").fileno() >= 0:
            self._transport.abort()

    def peer_has_left(self) -> bool:
        """Tell whether the peer closed its side, even while what it sent before waits to be read.

        Only Linux can tell; elsewhere it is False until the end of the stream is read.
        """
        if self._transport.is_closing():
            return True
        try:
            state = self._tcp_info(_TCPI_STATE)
        except OSError:
            return True
        return state not in {None, _TCP_ESTABLISHED}

    def _tcp_info(self, offset: int) -> int | None:
        """Return one byte of the kernel's ``struct tcp_info``, None where there is none."""
        option = getattr(socket, "TCP_INFO", None)
        connection = self._transport.get_extra_info("socket")
        if option is None or connection is None:
            return None
        value: int = connection.getsockopt(socket.IPPROTO_TCP, option, offset + 1)[offset]
        return value


def with_wire(state: Mapping[str, Any], wire: Wire) -> dict[str, Any]:
    """Return a connection's ASGI state that lets :func:`wire_of` find ``wire``."""
    return {**state, _KEY: wire}


def wire_of(scope: Mapping[str, Any]) -> Wire | None:
    """Return the connection below an ASGI ``scope``; None when the server isn't ours (a test client)."""
    return wire_in(scope.get("state", {}))


def wire_in(state: Mapping[str, Any]) -> Wire | None:
    """Return the connection that :func:`with_wire` put into ``state``, if any."""
    wire = state.get(_KEY)
    return wire if isinstance(wire, Wire) else None
