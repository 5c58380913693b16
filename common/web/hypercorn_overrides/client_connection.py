"""The TCP connection below a request or socket, as the app may use it."""

import socket
from asyncio import StreamWriter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from common.clock import LOOP_SCHEDULER, Scheduler

ROOM_BYTES = 16_384
"""While fewer bytes wait to be sent the transport isn't paused (asyncio's low-water mark), and writing can't block."""

LOOK_EVERY_S = 0.5
"""How often :meth:`ClientConnection.peer_has_left` is asked while what the peer sends has to wait."""

_KEY = "common.web.hypercorn_overrides.client_connection"

_TCPI_STATE = 0
_TCPI_RETRANSMITS = 2
"""Where the bytes lie in ``struct tcp_info`` (linux/tcp.h)."""

_TCP_ESTABLISHED = 1
"""``tcpi_state`` of a connection open in both directions (linux/tcp.h, ``enum tcp_state``)."""


class ClientConnection:
    """One accepted connection.

    Attributes:
        scheduler: the time by which the connection is bounded.
        last_heard_at: the scheduler's time at which the peer's last WebSocket frame arrived, pongs included.
        before_body: to be awaited before the body of the current request is first read, when the client waits
            for ``100 Continue``.
        send_ping: sends a WebSocket's peer a ping; None when the connection isn't a WebSocket's.
        text_sender: sends a WebSocket's peer a text message at once, as :meth:`send_text`; None when there is none.
        sent_bytes: the frames that :meth:`send_text` sent, which pass the app by.
        receive_error: the RFC 6455 code of what made the peer's WebSocket messages unreadable; the app gets an empty
            message and closes the socket.
    """

    __slots__ = (
        "_transport",
        "before_body",
        "last_heard_at",
        "receive_error",
        "scheduler",
        "send_ping",
        "sent_bytes",
        "text_sender",
    )

    def __init__(self, writer: StreamWriter, scheduler: Scheduler = LOOP_SCHEDULER) -> None:
        self.scheduler = scheduler
        self._transport = writer.transport
        self.last_heard_at = self.scheduler.time()
        self.before_body: Callable[[], Awaitable[None]] | None = None
        self.send_ping: Callable[[], None] | None = None
        self.text_sender: Callable[[str, bytes], bool] | None = None
        self.sent_bytes = 0
        self.receive_error: int | None = None

    @property
    def silent_s(self) -> float:
        """Seconds since the peer was last heard."""
        return self.scheduler.time() - self.last_heard_at

    @property
    def unsent_bytes(self) -> int:
        """Bytes that wait in this process because the kernel's buffer is full: the peer isn't reading."""
        return self._transport.get_write_buffer_size()

    @property
    def retransmitting(self) -> bool:
        """Whether the kernel retransmits, because the peer's TCP acknowledges nothing; False where it isn't Linux."""
        try:
            return bool(self._tcp_info(_TCPI_RETRANSMITS))
        except OSError:
            return True

    def ping(self) -> None:
        """Send a ping, if the connection is a WebSocket's; the pong sets ``last_heard_at``."""
        if self.send_ping is not None:
            self.send_ping()

    def send_text(self, text: str, encoded: bytes) -> bool:
        """Send a text message without waiting, if this is an open WebSocket that has room for it; tell whether it was.

        ``encoded`` is the message's whole frame where no extension is in use, so that a message for many is encoded
        once.
        """
        if self.text_sender is None or not self.text_sender(text, encoded):
            return False
        self.sent_bytes += len(encoded)
        return True

    def note_heard(self) -> None:
        """Record that something arrived from the peer just now."""
        self.last_heard_at = self.scheduler.time()

    def write(self, data: bytes) -> None:
        """Send ``data`` without waiting; it is dropped when the connection is closing."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        """Reset the connection at once, dropping what waits to be sent, in the kernel too.

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


def with_connection(state: Mapping[str, Any], client: ClientConnection) -> dict[str, Any]:
    """Return a connection's ASGI state that lets :func:`connection_of` find ``client``."""
    return {**state, _KEY: client}


def connection_of(scope: Mapping[str, Any]) -> ClientConnection | None:
    """Return the connection below an ASGI ``scope``; None when the server isn't ours (a test client)."""
    return connection_in(scope.get("state", {}))


def connection_in(state: Mapping[str, Any]) -> ClientConnection | None:
    """Return the connection that :func:`with_connection` put into ``state``, if any."""
    client = state.get(_KEY)
    return client if isinstance(client, ClientConnection) else None
