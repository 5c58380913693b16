"""Hypercorn's configuration, with what the seams need to know."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Protocol
from wsgiref.handlers import format_date_time

from hypercorn.config import Config, Sockets
from hypercorn.typing import Scope

from common.web.middleware.responses import EdgeResponse


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long connections may take over what; seconds and bytes.

    Attributes:
        head_s: for the first head of a connection, and for the rest of any head once it has begun; slow ones may
            get up to twice that.
        idle_s: between requests on a kept-alive connection.
        linger_s: how long a closed connection is still read, so that the peer can take in our last answer.
        linger_bytes: and how much of it.
        flush_s: how long the last bytes may take to leave.
    """

    head_s: float = 10.0
    idle_s: float = 75.0
    linger_s: float = 10.0
    linger_bytes: int = 64 * 1024 * 1024
    flush_s: float = 10.0


Refuse = Callable[[int, Scope | None], EdgeResponse]


class Idle(Protocol):
    """A connection that waits for its next request."""

    def hurry(self) -> None:
        """Close it soon: what is on its way already may still come."""
        ...


class IdleConnections:
    """The connections that wait for a next request: what is left to close when a process goes away."""

    def __init__(self) -> None:
        self.closing = False
        self._idle: set[Idle] = set()

    def add(self, connection: Idle) -> None:
        """Note that ``connection`` is idle; after :meth:`close` it is hurried."""
        self._idle.add(connection)
        if self.closing:
            connection.hurry()

    def discard(self, connection: Idle) -> None:
        """Note that ``connection`` is idle no longer."""
        self._idle.discard(connection)

    def close(self) -> None:
        """Hurry what is idle now, and from now on what becomes so."""
        self.closing = True
        for connection in tuple(self._idle):
            connection.hurry()


class EdgeConfig(Config):
    """What our subclasses read.

    Args:
        listener: the bound socket to serve on.
        refuse: makes the answer where hypercorn itself refuses, with that status, a head (no scope) or handshake.
        limits: of each connection.
        deflate: whether permessage-deflate is accepted when a client offers it.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        refuse: Refuse,
        limits: ConnectionLimits,
        deflate: bool,
    ) -> None:
        super().__init__()
        self.listener = listener
        self.refuse = refuse
        self.limits = limits
        self.deflate = deflate
        self.idle_connections = IdleConnections()
        self._second = 0
        self._date: list[tuple[bytes, bytes]] = []

    def create_sockets(self) -> Sockets:
        """Return our own listener instead of making one."""
        self.listener.settimeout(0)
        return Sockets([], [self.listener], [])

    def response_headers(self, _protocol: str) -> list[tuple[bytes, bytes]]:
        """Return the Date header alone, written once a second (hypercorn writes it anew for each answer)."""
        second = int(time())
        if second != self._second:
            self._second = second
            self._date = [(b"date", format_date_time(second).encode())]
        return self._date
