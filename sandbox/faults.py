"""Break a running sandbox on purpose, and mend it again."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from pydantic import JsonValue

from sandbox.processes import ManagedProcess

DIALS_PATH = "/_sandbox/dials"


class Faults:
    """Breaks processes by name: valkey, kafka, upstreams, api_gateway, websocket_service.

    Args:
        processes: the sandbox's, ``stack.parts.processes``.
    """

    def __init__(self, processes: Mapping[str, ManagedProcess]) -> None:
        self._processes = processes

    async def kill(self, name: str) -> None:
        """Kill the process (SIGKILL); returns when it has ended."""
        await self._processes[name].kill()

    async def stop(self, name: str) -> None:
        """Stop the process in good order (SIGTERM); returns when it has ended."""
        await self._processes[name].stop()

    async def start(self, name: str) -> None:
        """Start an ended process again, at the same address; returns when it is ready."""
        await self._processes[name].start()

    @asynccontextmanager
    async def without(self, name: str) -> AsyncIterator[None]:
        """Have the process killed for the length of the block, and ready again after it."""
        await self.kill(name)
        try:
            yield
        finally:
            await self.start(name)

    @asynccontextmanager
    async def freeze(self, name: str) -> AsyncIterator[None]:
        """Have the process stand still (SIGSTOP) for the length of the block: connections stay, answers don't come."""
        process = self._processes[name]
        await process.freeze()
        try:
            yield
        finally:
            process.thaw()


@asynccontextmanager
async def set_dials(upstream_url: str, **setting: JsonValue) -> AsyncIterator[None]:
    """Have a simulated service behave as ``setting`` says (``latency_ms``, ``failure``, ``for_next``) in the block."""
    async with aiohttp.ClientSession() as client:
        await _turn(client, upstream_url, setting)
        try:
            yield
        finally:
            await _turn(client, upstream_url, {})


async def _turn(client: aiohttp.ClientSession, upstream_url: str, setting: dict[str, JsonValue]) -> None:
    async with client.put(upstream_url + DIALS_PATH, json=setting) as answer:
        answer.raise_for_status()
