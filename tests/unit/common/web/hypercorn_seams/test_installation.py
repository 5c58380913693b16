"""The seams hold for one version of hypercorn, and only while we serve."""

from typing import NoReturn

import hypercorn.asyncio.run
import hypercorn.asyncio.tcp_server
import hypercorn.protocol
import hypercorn.protocol.h11
import pytest
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import AsyncioSingleTask
from hypercorn.config import Config
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import WSStream

from common.web.hypercorn_seams.app_tasks import EdgeTaskGroup
from common.web.hypercorn_seams.config import EdgeConfig
from common.web.hypercorn_seams.connections import EdgeConnection
from common.web.hypercorn_seams.idle_timer import IdleTimer
from common.web.hypercorn_seams.installation import UnknownHypercornError, check_version, seams_installed
from common.web.hypercorn_seams.requests import EdgeRequests, edge_config
from common.web.hypercorn_seams.sockets import EdgeSocket


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
    with pytest.raises(TypeError):
        edge_config(Config())


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [
        (EdgeConnection, TCPServer, ["run", "protocol_send", "_read_data", "_close"]),
        (EdgeTaskGroup, TaskGroup, ["spawn_app"]),
        (EdgeRequests, H11Protocol, ["handle", "_handle_events", "_create_stream", "_send_error_response"]),
        (EdgeSocket, WSStream, ["handle", "app_send", "_handle_events", "_send_error_response", "_send_pings"]),
        (IdleTimer, AsyncioSingleTask, ["restart", "stop"]),
        (EdgeConfig, Config, ["create_sockets", "response_headers"]),
    ],
)
def test_what_we_override_is_still_there(ours: type, theirs: type, names: list[str]) -> None:
    """A method that hypercorn renames would leave ours uncalled, and its behaviour as it was."""
    overridden = [name for name in names if name in vars(ours) and name in vars(theirs)]

    assert issubclass(ours, theirs)
    assert overridden == names
