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
        idle_s: between requests on a kept-alive connection: longer than load balancers keep theirs, Google's for 600 s.
            Who sends has to be the one that closes, or a request meets a connection that is just being closed.
        linger_s: how long a closed connection is still read, so that the peer can take in our last answer.
        linger_bytes: and how much of it.
        flush_s: how long the last bytes may take to leave.
    """

    head_s: float = 10.0
    idle_s: float = 620.0
    linger_s: float = 10.0
    linger_bytes: int = 64 * 1024 * 1024
    flush_s: float = 10.0


RefuseRequest = Callable[[int, Scope | None], EdgeResponse]


class IdleConnection(Protocol):
    """A connection that waits for its next request."""

    def leave(self) -> None:
        """Close it soon if it has had a request; a request already on its way is still served."""
        ...

    def close_soon(self) -> None:
        """Close it soon, whatever it has had."""
        ...


class IdleConnections:
    """The connections that wait for a next request.

    When a drain begins, the kept ones are closed: their clients go to another replica with their next request, where
    they would be refused later. When the process stops, all are closed.
    """

    def __init__(self) -> None:
        self.closing = False
        self._leaving = False
        self._idle: set[IdleConnection] = set()

    def add(self, connection: IdleConnection) -> None:
        """Note that ``connection`` is idle; after :meth:`leave` or :meth:`close` it is treated as these say."""
        self._idle.add(connection)
        if self.closing:
            connection.close_soon()
        elif self._leaving:
            connection.leave()

    def discard(self, connection: IdleConnection) -> None:
        """Note that ``connection`` is no longer idle."""
        self._idle.discard(connection)

    def leave(self) -> None:
        """Close soon the idle connections that have had a request, and each such that becomes idle from now on."""
        self._leaving = True
        for connection in tuple(self._idle):
            connection.leave()

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
        self._date = b""

    def create_sockets(self) -> Sockets:
        """Return our own listener instead of making one."""
        self.listener.settimeout(0)
        return Sockets([], [self.listener], [])

    def date(self) -> bytes:
        """Return the line of the Date header, which is made once a second."""
        second = int(time())
        if second != self._second:
            self._second = second
            self._date = f"date: {format_date_time(second)}".encode()
        return self._date


def edge_config(config: Config) -> EdgeConfig:
    """Return ``config`` as ours; raises TypeError for hypercorn's own."""
    if not isinstance(config, EdgeConfig):
        message = "the overrides serve under an EdgeConfig only"
        raise TypeError(message)
    return config
