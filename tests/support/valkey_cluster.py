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
from tests.support.fault_proxy import Fault, FaultProxy

SLOTS = 16384
PRIMARIES = 3
FORMED_WITHIN_S = 60.0
_SENDER = slice(40, 80)


class ValkeyCluster:
    """Three primaries that share the slots; an async context manager.

    ``servers`` are the nodes, the primaries first; ``buses`` what each is reached through by the others: there the ways
    from one to another can be broken.

    Args:
        folder: for their logs and data.
        replicas: whether each primary has one, which takes its place.
        node_timeout_s: for how long a node is waited for before the others think it has failed.
    """

    def __init__(self, folder: Path, *, replicas: bool = False, node_timeout_s: float = 60.0) -> None:
        self.buses = [FaultProxy(free_port(), peer_of=_sender_of) for _ in range(PRIMARIES * (2 if replicas else 1))]
        self.servers = [RedisServer(folder, options=_cluster_options(bus, node_timeout_s)) for bus in self.buses]
        self.ids: list[str] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start the nodes, join them and return once each sees the whole."""
        async with AsyncExitStack() as starting:
            for server, bus in zip(self.servers, self.buses, strict=True):
                await starting.enter_async_context(bus)
                starting.push_async_callback(server.stop)
                await server.start()
            nodes = [await starting.enter_async_context(Redis.from_url(server.url)) for server in self.servers]
            self.ids = [cast("bytes", await _cluster(node, "MYID")).decode() for node in nodes]
            await _assign_slots(nodes[:PRIMARIES])
            await self._introduce(nodes[0])
            for node in nodes:
                await eventually(partial(_is_formed, node, len(nodes)), within_s=FORMED_WITHIN_S)
            for replica, primary in zip(nodes[PRIMARIES:], self.ids, strict=False):
                await eventually(partial(_knows, replica, primary), within_s=FORMED_WITHIN_S)
                await _cluster(replica, "REPLICATE", primary)
            for replica in nodes[PRIMARIES:]:
                await eventually(partial(_follows, replica), within_s=FORMED_WITHIN_S)
            self._stack = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the nodes."""
        await self._stack.aclose()

    def client(self) -> RedisCluster:
        """Return a client that finds its way in the cluster."""
        return RedisCluster(host=LOOPBACK, port=self.servers[0].port, protocol=2)

    def cut(self, one: int, other: int, fault: Fault) -> None:
        """Break both ways between two primaries, by their places, or mend them by ``Fault.NONE``."""
        self.buses[one].set_fault(fault, peer=self.ids[other])
        self.buses[other].set_fault(fault, peer=self.ids[one])

    async def _introduce(self, node: Redis) -> None:
        for server, bus in zip(self.servers, self.buses, strict=True):
            await _cluster(node, "MEET", LOOPBACK, server.port, bus.port)


def _cluster_options(bus: FaultProxy, node_timeout_s: float) -> dict[str, str]:
    return {
        "cluster-enabled": "yes",
        "cluster-port": str(bus.target),
        "cluster-announce-bus-port": str(bus.port),
        "cluster-node-timeout": str(int(node_timeout_s * 1000)),
        "cluster-replica-validity-factor": "0",  # however old its copy is, which freezing all of a machine makes
        "repl-diskless-sync-delay": "0",
    }


def _sender_of(first: bytes) -> str:
    """Return the id of the node that opened a link of the bus; it stands in the head of its first message."""
    return first[_SENDER].decode("ascii", "replace")


async def _assign_slots(nodes: list[Redis]) -> None:
    share = SLOTS // PRIMARIES
    for index, node in enumerate(nodes):
        first = index * share
        last = SLOTS - 1 if index == PRIMARIES - 1 else first + share - 1
        await _cluster(node, "ADDSLOTSRANGE", first, last)


async def _knows(node: Redis, other: str) -> bool:
    """Tell whether the node knows the other one."""
    return other in str(await _cluster(node, "NODES"))


async def _follows(replica: Redis) -> bool:
    """Tell whether the replica has its primary's data."""
    return str((await replica.info("replication")).get("master_link_status")) == "up"


async def _is_formed(node: Redis, size: int) -> bool:
    """Tell whether the node serves, and can be told by each other what was published there and tell them."""
    told = str(await _cluster(node, "INFO"))
    if "cluster_state:ok" not in told or f"cluster_known_nodes:{size}" not in told:
        return False
    return len(cast("list[object]", await _cluster(node, "LINKS"))) == 2 * (size - 1)


async def _cluster(node: Redis, *words: str | int) -> object:
    command: Callable[..., Awaitable[object]] = node.execute_command
    return await command("CLUSTER", *words)
