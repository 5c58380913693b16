"""Free ports are free, and not handed out twice in a row."""

import socket
from contextlib import ExitStack, suppress

from sandbox.ports import LOOPBACK, free_port


def test_ports_differ_and_can_be_bound() -> None:
    """Twenty ports asked for at once are twenty ports."""
    ports = {free_port() for _ in range(20)}

    assert len(ports) == 20
    assert all(20_000 <= port < 32_768 for port in ports)


def test_a_taken_port_is_passed_over() -> None:
    """A port somebody listens on is not offered."""
    taken = free_port() + 1
    with ExitStack() as held:
        with suppress(OSError):  # somebody else has it: all the better
            held.enter_context(socket.create_server((LOOPBACK, taken)))
        offered = free_port()

    assert offered != taken
