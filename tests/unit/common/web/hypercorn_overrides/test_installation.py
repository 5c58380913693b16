"""The seams hold for one version of hypercorn, and for our own servers alone."""

import asyncio
import os
from contextlib import closing

import pytest
from hypercorn.asyncio import serve
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import AsyncioSingleTask
from hypercorn.config import Config
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import WSStream

from common.web.hypercorn_overrides.config import EdgeConfig
from common.web.hypercorn_overrides.connections import EdgeConnection, EdgeTaskGroup, IdleTimer
from common.web.hypercorn_overrides.installation import UnknownHypercornError, check_version, install_seams
from common.web.hypercorn_overrides.requests import EdgeRequests, edge_config
from common.web.hypercorn_overrides.sockets import EdgeSocket
from common.web.serving.server import SocketOptions, listen_on
from tests.support.raw_http import ask
from tests.support.web_app import prepared_app
from tests.support.web_server import served


async def test_hypercorns_own_configuration_keeps_its_own_classes() -> None:
    """Another server in this process is served as hypercorn would: its 400 has no body, ours has one."""
    install_seams()
    stop = asyncio.Event()
    theirs = Config()
    with closing(listen_on("127.0.0.1", 0, SocketOptions())) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        theirs.bind = [f"fd://{os.dup(listener.fileno())}"]
        async with asyncio.TaskGroup() as group, served(prepared_app()) as ours:
            group.create_task(serve(prepared_app(), theirs, shutdown_trigger=stop.wait))
            of_theirs = await ask(port, "GARBAGE")
            of_ours = await ask(ours.port, "GARBAGE")
            working = await ask(port, "GET /livez HTTP/1.1")
            stop.set()

    assert (of_theirs.status, of_theirs.body) == (400, b"")
    assert of_ours.error_code == "INVALID_REQUEST"
    assert working.status == 200


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
