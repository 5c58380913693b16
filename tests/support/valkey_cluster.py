"""A real Redis Cluster of three primaries, from the same binary as the standalone server."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Self, cast

from redis.asyncio import Redis, RedisCluster

from sandbox.ports import LOOPBACK, free_port
from sandbox.redis_server import RedisServer
from tests.support.eventually import eventually

SLOTS = 16384
PRIMARIES = 3
FORMED_WITHIN_S = 60.0


class ValkeyCluster:
    """Three primaries that share the slots; an async context manager. ``servers`` are the nodes."""

    def __init__(self, folder: Path) -> None:
        self._bus_ports = [free_port() for _ in range(PRIMARIES)]
        self.servers = [RedisServer(folder, options=_cluster_options(bus)) for bus in self._bus_ports]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start the nodes, join them and return once each sees the whole."""
        async with AsyncExitStack() as starting:
            for server in self.servers:
                starting.push_async_callback(server.stop)
                await server.start()
            nodes = [await starting.enter_async_context(Redis.from_url(server.url)) for server in self.servers]
            await _assign_slots(nodes)
            await self._introduce(nodes[0])
            for node in nodes:
                await eventually(partial(_is_formed, node), within_s=FORMED_WITHIN_S)
            self._stack = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the nodes."""
        await self._stack.aclose()

    def client(self) -> RedisCluster:
        """Return a client that finds its way in the cluster."""
        return RedisCluster(host=LOOPBACK, port=self.servers[0].port, protocol=2)

    async def _introduce(self, node: Redis) -> None:
        for server, bus in zip(self.servers, self._bus_ports, strict=True):
            await _cluster(node, "MEET", LOOPBACK, server.port, bus)


def _cluster_options(bus_port: int) -> dict[str, str]:
    return {"cluster-enabled": "yes", "cluster-port": str(bus_port), "cluster-node-timeout": "60000"}


async def _assign_slots(nodes: list[Redis]) -> None:
    share = SLOTS // PRIMARIES
    for index, node in enumerate(nodes):
        first = index * share
        last = SLOTS - 1 if index == PRIMARIES - 1 else first + share - 1
        await _cluster(node, "ADDSLOTSRANGE", first, last)


async def _is_formed(node: Redis) -> bool:
    """Tell whether the node serves, and can be told by each other what was published there and tell them."""
    told = str(await _cluster(node, "INFO"))
    if "cluster_state:ok" not in told or f"cluster_known_nodes:{PRIMARIES}" not in told:
        return False
    return len(cast("list[object]", await _cluster(node, "LINKS"))) == 2 * (PRIMARIES - 1)


async def _cluster(node: Redis, *words: str | int) -> object:
    command: Callable[..., Awaitable[object]] = node.execute_command
    return await command("CLUSTER", *words)
