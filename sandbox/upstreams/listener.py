"""A listening socket that remembers whom it accepted, so that one connection can be broken off."""

import logging
import socket
import struct
from typing import TypeAlias
from weakref import WeakValueDictionary

from hypercorn.config import Config, Sockets

from sandbox.ports import LOOPBACK

Peer: TypeAlias = tuple[str, int]
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing discards what is unsent and resets the connection


class Listener(socket.socket):
    """Listens on a port, of loopback unless told otherwise.

    asyncio's own event loop accepts through it; uvloop would not.
    """

    def __init__(self, port: int, *, host: str = LOOPBACK) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bind((host, port))
        self.listen()
        self._accepted: WeakValueDictionary[Peer, socket.socket] = WeakValueDictionary()

    def accept(self) -> tuple[socket.socket, Peer]:
        """Accept a connection and remember it for as long as it is open."""
        connection, peer = super().accept()
        self._accepted[peer] = connection
        return connection, peer

    def reset(self, peer: Peer) -> None:
        """Break the connection with ``peer`` off: what serves it sees it end, the peer sees no answer."""
        connection = self._accepted.get(peer)
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            connection.shutdown(socket.SHUT_RD)


class ListenerConfig(Config):
    """Has hypercorn serve on an existing :class:`Listener`."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener
        self.accesslog = None
        self.errorlog = logging.getLogger("sandbox.upstreams.hypercorn")
        self.graceful_timeout = 0.2

    def create_sockets(self) -> Sockets:
        """Return the one listener."""
        return Sockets([], [self._listener], [])
