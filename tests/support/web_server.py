"""Serve an app on loopback inside the test, through the real listener, hypercorn and our overrides of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from quart import Quart

from common.web.serving.configure import serving_parts
from common.web.serving.drain import DrainState
from common.web.serving.server import ServingOptions, listen_on, serve_until_stopped
from tests.support.eventually import PATIENCE_S

FAST = ServingOptions("127.0.0.1", 0, drain_grace_s=0.0, drain_deadline_s=2.0, resources_deadline_s=PATIENCE_S)
"""Serves on any free port and goes away without grace."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that runs: its port, and the drain that ends it."""

    port: int
    drain: DrainState

    @property
    def connections(self) -> int:
        """How many connections are being served in this process, by any server."""
        return sum("_server_callback" in repr(task.get_coro()) for task in asyncio.all_tasks())


@asynccontextmanager
async def run_server(app: Quart, serving: ServingOptions = FAST) -> AsyncIterator[RunningServer]:
    """Serve ``app`` inside the block; at its end the app is drained and its resources are closed."""
    drain = serving_parts(app).drain
    with closing(listen_on(serving.host, serving.port, serving.sockets)) as listener:
        port = listener.getsockname()[1]
        async with asyncio.TaskGroup() as group:
            group.create_task(serve_until_stopped(app, serving, listener))
            await drain.serving.wait()
            try:
                yield RunningServer(port, drain)
            finally:
                drain.request_stop()
