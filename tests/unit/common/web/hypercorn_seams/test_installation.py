"""The seams hold for one version of hypercorn, and only while we serve."""

from typing import NoReturn

import hypercorn.asyncio.run
import hypercorn.asyncio.tcp_server
import hypercorn.protocol
import hypercorn.protocol.h11
import pytest
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config

from common.web.hypercorn_seams.connections import EdgeConnection
from common.web.hypercorn_seams.installation import UnknownHypercornError, check_version, seams_installed
from common.web.hypercorn_seams.requests import edge_config


def in_place() -> list[str]:
    """Return the names of the classes hypercorn would use."""
    used = [
        vars(hypercorn.asyncio.run)["TCPServer"],
        vars(hypercorn.asyncio.tcp_server)["TaskGroup"],
        vars(hypercorn.protocol)["H11Protocol"],
        vars(hypercorn.protocol.h11)["WSStream"],
    ]
    return [each.__name__ for each in used]


def test_our_classes_serve_inside_the_block_alone() -> None:
    """Whoever else uses hypercorn in this process gets hypercorn's own."""
    before = in_place()
    with seams_installed():
        inside = in_place()
    after = in_place()

    assert before == after == ["TCPServer", "TaskGroup", "H11Protocol", "WSStream"]
    assert inside == ["EdgeConnection", "EdgeTaskGroup", "EdgeRequests", "EdgeSocket"]


def test_hypercorns_own_come_back_after_a_failure() -> None:
    """A server that fails to start leaves nothing replaced."""
    before = in_place()

    with pytest.raises(OSError, match="taken"):
        fail_to_serve()

    assert in_place() == before


def fail_to_serve() -> NoReturn:
    """Fail inside the block."""
    message = "taken"
    with seams_installed():
        raise OSError(message)


def test_another_version_is_refused() -> None:
    """An upgrade must be looked at: it fails at the start, not in a corner."""
    with pytest.raises(UnknownHypercornError, match=r"made for hypercorn 0\.18\.0, not 0\.19\.0"):
        check_version("0.19.0")


def test_the_seams_need_their_configuration() -> None:
    """Hypercorn's own configuration isn't mistaken for ours."""
    assert issubclass(EdgeConnection, TCPServer)

    with pytest.raises(TypeError):
        edge_config(Config())
