"""What happens to the feed's clients while a Redis Cluster's nodes fail, move users, or lose each other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from redis.asyncio import Redis
from redis.crc import key_slot

from sandbox.kafka_server import KafkaServer
from sandbox.ports import LOOPBACK
from tests.support.balancer import Balancer
from tests.support.fault_proxy import Fault
from tests.support.feed import FeedProcess
from tests.support.feed_cluster import OPTIONS, TOPICS, FeedCluster
from tests.support.servers import stop_at_end
from tests.support.valkey_cluster import PRIMARIES, ValkeyCluster

HELD_S = 15.0
NODE_TIMEOUT_S = 5.0
KEYS_AT_ONCE = 10
MIGRATE_WITHIN_MS = 5000

Command = Callable[..., Awaitable[object]]


@dataclass(frozen=True)
class World(FeedCluster):
    """One replica of the feed over three primaries with a replica each."""

    cluster: ValkeyCluster

    async def here(self) -> int:
        """Return the place of the node that the feed is subscribed to."""
        for place, server in enumerate(self.cluster.servers):
            async with Redis.from_url(server.url) as node:
                if await node.pubsub_channels("feed:pulse:*"):
                    return place
        unheard = "the feed is subscribed to no node"
        raise LookupError(unheard)

    async def away(self) -> int:
        """Return the place of another primary."""
        return (await self.here() + 1) % PRIMARIES


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Run it all."""
    broker = KafkaServer(folder, topics=TOPICS)
    async with AsyncExitStack() as running:
        cluster = ValkeyCluster(folder, replicas=True, node_timeout_s=NODE_TIMEOUT_S)
        await running.enter_async_context(cluster)
        await running.enter_async_context(stop_at_end(broker))
        await broker.start()
        options = {**OPTIONS, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap, "REDIS_MODE": "cluster"}
        feed = FeedProcess(folder, cluster.servers[0].url, options=options)
        await running.enter_async_context(stop_at_end(feed))
        await feed.start()
        balancer = Balancer([feed.port])
        await running.enter_async_context(balancer.running())
        yield World(folder, cluster.servers[0], broker, (feed,), balancer, cluster)


Break = Callable[[World], Awaitable[None]]


def cut(fault: Fault) -> Break:
    """Return how to break the bus between the node that is subscribed to and another primary."""

    async def break_it(running: World) -> None:
        here, away = await running.here(), await running.away()
        running.cluster.cut(here, away, fault)
        await asyncio.sleep(HELD_S)
        running.cluster.cut(here, away, Fault.NONE)

    return break_it


async def freeze_primary(running: World) -> None:
    """Have a primary stand still until its replica has taken its place, and come back as a replica."""
    victim = running.cluster.servers[await running.away()]
    await victim.freeze()
    await asyncio.sleep(HELD_S)
    victim.thaw()


async def kill_subscribed_primary(running: World) -> None:
    """Have the primary killed that the feed is subscribed to; its replica takes its place."""
    victim = running.cluster.servers[await running.here()]
    await victim.kill()
    await asyncio.sleep(HELD_S)
    await victim.start()


async def reshard(running: World) -> None:
    """Move the users of one primary to another, key by key, while they are told things."""
    here, away, ids = await running.here(), await running.away(), running.cluster.ids
    source, target = running.cluster.servers[away], running.cluster.servers[here]
    async with Redis.from_url(source.url) as giver, Redis.from_url(target.url) as taker:
        give: Command = giver.execute_command
        take: Command = taker.execute_command
        slots = {key_slot(key) async for key in giver.scan_iter("feed:*:state")}
        for slot in slots:
            await take("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[away])
            await give("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[here])
            while keys := cast("list[bytes]", await give("CLUSTER", "GETKEYSINSLOT", slot, KEYS_AT_ONCE)):
                await give("MIGRATE", LOOPBACK, target.port, "", 0, MIGRATE_WITHIN_MS, "KEYS", *keys)
            for node in (take, give):
                await node("CLUSTER", "SETSLOT", slot, "NODE", ids[here])


CLUSTER_RUNS: dict[str, Break] = {
    "cluster-primaries-cut-off": cut(Fault.SILENT),
    "cluster-primaries-refuse-each-other": cut(Fault.REFUSED),
    "cluster-resharding": reshard,
    "cluster-primary-hangs": freeze_primary,
    "cluster-subscribed-primary-dies": kill_subscribed_primary,
}
