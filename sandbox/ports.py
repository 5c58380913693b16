"""Loopback ports for the servers that cannot choose one themselves."""

import itertools
import os
import socket

from sandbox.errors import SandboxError

LOOPBACK = "127.0.0.1"
# Below the range from which Linux and macOS take the ports of outgoing connections, so that nobody is
# given the port between our looking and the server's binding.
LOWEST = 20_000
WINDOW = 64
WINDOWS = 187
# Processes that are started together have ids in a row: their windows lie far apart, so that one that needs more than
# its own meets no port that another has chosen and doesn't listen on yet, or not at the moment.
APART = 61

_turns = itertools.count()


def free_port() -> int:
    """Return a loopback port on which nothing listens at this moment, never the same twice in a row.

    Each process looks in a window of its own first, so that two sandboxes starting at once don't choose the same.

    Raises:
        OSError: when every port of every window is taken.
    """
    for _ in range(WINDOW * WINDOWS):
        turn = next(_turns)
        window = (os.getpid() * APART + turn // WINDOW) % WINDOWS
        port = LOWEST + window * WINDOW + turn % WINDOW
        if _is_free(port):
            return port
    message = f"no free port found on {LOOPBACK}"
    raise OSError(message)


def require_free(port: int, *, option: str) -> None:
    """Return when nothing listens on a chosen ``port``.

    Raises:
        SandboxError: naming the port, and the ``option`` that chooses another one.
    """
    if not _is_free(port):
        message = (
            f"Port {port} is in use, perhaps by another sandbox. Stop that program "
            f"(lsof -iTCP:{port} -sTCP:LISTEN names it), or choose another port: {option} N "
            f'(make run ARGS="{option} N")'
        )
        raise SandboxError(message)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
