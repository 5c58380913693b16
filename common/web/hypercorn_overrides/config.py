"""Hypercorn's configuration, with what the overrides need to know."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Protocol
from wsgiref.handlers import format_date_time

from hypercorn.config import Config, Sockets
from hypercorn.typing import Scope

from common.clock import LOOP_SCHEDULER, Scheduler
from common.web.middleware.responses import EdgeResponse


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long a connection may take for each of its phases; seconds and bytes.

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


RefuseRequest = Callable[[int, Scope | None], EdgeResponse]


class IdleConnection(Protocol):
    """A connection that waits for its next request."""

    def close_soon(self) -> None:
        """Close it soon, so that a request already on its way can still be served."""
        ...


class IdleConnections:
    """The connections that wait for a next request; closed when the process stops."""

    def __init__(self) -> None:
        self.closing = False
        self._idle: set[IdleConnection] = set()

    def add(self, connection: IdleConnection) -> None:
        """Note that ``connection`` is idle; after :meth:`close` it is closed soon."""
        self._idle.add(connection)
        if self.closing:
            connection.close_soon()

    def discard(self, connection: IdleConnection) -> None:
        """Note that ``connection`` is no longer idle."""
        self._idle.discard(connection)

    def close(self) -> None:
        """Close the idle connections soon, and each that becomes idle from now on."""
        self.closing = True
        for connection in tuple(self._idle):
            connection.close_soon()


class EdgeConfig(Config):
    """What our subclasses read.

    Args:
        listener: the bound socket to serve on.
        refuse: makes the response where hypercorn itself refuses a head (no scope) or a handshake with that status.
        limits: of each connection.
        deflate: whether permessage-deflate is accepted when a client offers it.
        scheduler: the time by which connections are bounded.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        refuse: RefuseRequest,
        limits: ConnectionLimits,
        deflate: bool,
        scheduler: Scheduler = LOOP_SCHEDULER,
    ) -> None:
        super().__init__()
        self.listener = listener
        self.refuse = refuse
        self.limits = limits
        self.deflate = deflate
        self.scheduler = scheduler
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
