"""The listening socket, made by us so that its options are ours (accepted sockets inherit them)."""

import socket
from dataclasses import dataclass


class CannotListenError(Exception):
    """The address can't be listened on; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """Options of the listener and of every accepted socket.

    Attributes:
        send_buffer_bytes: the kernel's send buffer for each connection, which is what a client that stops reading
            can pin; None leaves the kernel's auto-tuning (up to 4 MB) alone.
        unacknowledged_s: how long sent bytes may stay unacknowledged, or a closed window closed, before the
            kernel drops the connection (TCP_USER_TIMEOUT); None leaves the kernel's 15 minutes.
        keepalive_idle_s: when the kernel starts to probe a silent connection; three probes, 10 s apart, follow.
        backlog: connections that may wait to be accepted.
    """

    send_buffer_bytes: int | None = None
    unacknowledged_s: float | None = None
    keepalive_idle_s: int = 60
    backlog: int = 1024


def listen_on(host: str, port: int, options: SocketOptions) -> socket.socket:
    """Return a bound socket, not yet listening; ``port`` 0 takes a free one.

    SO_REUSEPORT lets several replicas share a port. Raises :class:`CannotListenError`.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListenError(_complaint(host, port, error)) from error
    try:
        _set_options(listener, options)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CannotListenError(_complaint(host, port, error)) from error
    return listener


def _set_options(listener: socket.socket, options: SocketOptions) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    _set_where_known(listener, socket.SOL_SOCKET, "SO_REUSEPORT", 1)
    _set_where_known(listener, socket.IPPROTO_TCP, "TCP_KEEPIDLE", options.keepalive_idle_s)
    _set_where_known(listener, socket.IPPROTO_TCP, "TCP_KEEPINTVL", 10)
    _set_where_known(listener, socket.IPPROTO_TCP, "TCP_KEEPCNT", 3)
    if options.send_buffer_bytes is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.send_buffer_bytes)
    if options.unacknowledged_s is not None:
        milliseconds = int(options.unacknowledged_s * 1000)
        _set_where_known(listener, socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", milliseconds)


def _set_where_known(listener: socket.socket, level: int, name: str, value: int) -> None:
    """Set an option that not every system has."""
    option = getattr(socket, name, None)
    if option is not None:
        listener.setsockopt(level, option, value)


def _complaint(host: str, port: int, error: OSError) -> str:
    return f"cannot listen on {host}:{port}: {error.strerror or error}"
