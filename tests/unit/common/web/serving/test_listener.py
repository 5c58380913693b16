"""The listening socket and its options."""

import socket
import sys
from contextlib import closing

import pytest

from common.web.serving.server import CannotListenError, SocketOptions, listen_on


def test_port_zero_is_a_free_port() -> None:
    """The port is known before anybody listens."""
    with closing(listen_on("127.0.0.1", 0, SocketOptions())) as listener:
        assert listener.getsockname()[1] > 0


def test_replicas_share_a_port() -> None:
    """A second process may listen on the first one's port."""
    with closing(listen_on("127.0.0.1", 0, SocketOptions())) as first:
        port = first.getsockname()[1]
        with closing(listen_on("127.0.0.1", port, SocketOptions())) as second:
            assert second.getsockname()[1] == port


def test_a_strangers_port_is_not_taken() -> None:
    """A port that another program listens on is a clear complaint, which names it."""
    with closing(socket.socket()) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]

        with pytest.raises(CannotListenError, match=f"127.0.0.1:{port}"):
            listen_on("127.0.0.1", port, SocketOptions())


def test_an_unknown_host_is_a_complaint() -> None:
    """So is an address that isn't ours."""
    with pytest.raises(CannotListenError, match=r"no-such-host\.invalid:80"):
        listen_on("no-such-host.invalid", 80, SocketOptions())


@pytest.mark.skipif(sys.platform != "linux", reason="the options' names and units are Linux's")
@pytest.mark.parametrize(
    ("level", "name", "value"),
    [
        (socket.SOL_SOCKET, "SO_REUSEADDR", 1),
        (socket.SOL_SOCKET, "SO_REUSEPORT", 1),
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 30),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 20_000),
        (socket.SOL_SOCKET, "SO_SNDBUF", 131_072),  # the kernel doubles what it is told, for its own bookkeeping
    ],
)
def test_accepted_sockets_inherit_the_options(level: int, name: str, value: int) -> None:
    """What is set on the listener holds for each connection."""
    options = SocketOptions(send_buffer_bytes=65_536, unacknowledged_s=20.0, keepalive_idle_s=30)

    with closing(listen_on("127.0.0.1", 0, options)) as listener:
        listener.listen()
        with closing(socket.create_connection(listener.getsockname())):
            accepted, _ = listener.accept()
            with closing(accepted):
                assert accepted.getsockopt(level, getattr(socket, name)) == value
