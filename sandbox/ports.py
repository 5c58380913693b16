"""Loopback ports for the servers that cannot choose one themselves."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which Linux and macOS take the ports of outgoing connections, so that nobody is
# given the port between our looking and the server's binding.
CANDIDATES = range(20_000, 32_000)
ATTEMPTS = 200


def free_port() -> int:
    """Return a loopback port on which nothing listens at this moment.

    Raises:
        OSError: when none was found in ``ATTEMPTS`` tries.
    """
    for port in random.sample(CANDIDATES, ATTEMPTS):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    message = f"no free port found on {LOOPBACK} in {ATTEMPTS} tries"
    raise OSError(message)
