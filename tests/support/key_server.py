"""A real HTTP server that publishes a JWK set, and rotates, fails, hangs and lies when told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from sandbox.ports import LOOPBACK, free_port


class KeyServer:
    """Answers ``/.well-known/jwks.json`` as its test has set; ``fetches`` counts the requests.

    Attributes:
        status: what it answers with.
        body: the answer's bytes; see :meth:`publish`.
        headers: the answer's headers.
        gate: closed (cleared) lets requests hang until it is opened.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body = b'{"keys": []}'
        self.headers: Mapping[str, str] = {}
        self.fetches = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._port = free_port()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where the set is."""
        return f"http://{LOOPBACK}:{self._port}/.well-known/jwks.json"

    def publish(self, *keys: Mapping[str, object]) -> None:
        """Answer with a set of ``keys``."""
        self.status = 200
        self.body = json.dumps({"keys": keys}).encode()

    async def start(self) -> None:
        """Listen; started again, on the same port."""
        app = web.Application()
        app.router.add_get("/.well-known/jwks.json", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self._port, reuse_address=True)
        await site.start()

    async def stop(self) -> None:
        """Refuse connections."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, _request: web.Request) -> web.Response:
        self.fetches += 1
        await self.gate.wait()
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@asynccontextmanager
async def running_key_server() -> AsyncIterator[KeyServer]:
    """Run a key server for the duration of a block."""
    server = KeyServer()
    await server.start()
    try:
        yield server
    finally:
        server.gate.set()
        await server.stop()
