"""The overrides hold for one version of hypercorn, and for our own servers alone."""

import asyncio
import os
from contextlib import closing

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from common.web.hypercorn_overrides import install_overrides
from common.web.hypercorn_overrides.config import edge_config
from common.web.serving.server import SocketOptions, listen_on
from tests.support.raw_http import ask
from tests.support.web_app import make_web_app
from tests.support.web_server import run_server


async def test_hypercorns_own_configuration_keeps_its_own_classes() -> None:
    """Another server in this process is served as hypercorn would: its 400 has no body, ours has one."""
    install_overrides()
    stop = asyncio.Event()
    theirs = Config()
    with closing(listen_on("127.0.0.1", 0, SocketOptions())) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        theirs.bind = [f"fd://{os.dup(listener.fileno())}"]
        async with asyncio.TaskGroup() as group, run_server(make_web_app()) as ours:
            group.create_task(serve(make_web_app(), theirs, shutdown_trigger=stop.wait))
            of_theirs = await ask(port, "GARBAGE")
            of_ours = await ask(ours.port, "GARBAGE")
            working = await ask(port, "GET /livez HTTP/1.1")
            stop.set()

    assert (of_theirs.status, of_theirs.body) == (400, b"")
    assert of_ours.error_code == "INVALID_REQUEST"
    assert working.status == 200


def test_the_seams_need_their_configuration() -> None:
    """Hypercorn's own configuration isn't mistaken for ours."""
    with pytest.raises(TypeError):
        edge_config(Config())
