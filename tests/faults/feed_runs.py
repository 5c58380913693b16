"""What happens to the feed's clients while something is broken: two replicas, each with a way of its own to Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from sandbox.feed_restart import restart_feed
from sandbox.kafka_server import KafkaServer
from sandbox.ports import LOOPBACK
from sandbox.redis_server import RedisServer
from tests.faults.figures import Figures
from tests.support.balancer import Balancer
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.feed import FeedProcess
from tests.support.feed_cluster import OPTIONS, TOPICS, FeedCluster
from tests.support.servers import stop_at_end
from tests.support.traffic import Traffic, traffic

HELD_S = 8.0
"""How long a fault lasts: longer than any deadline of the feed on Redis, and than its group's session."""

BACK_WITHIN_S = 90.0
LOOK_S = 0.05
REPLICAS = 2


class ProxiedBroker(KafkaServer):
    """Tansu, which tells its clients to come by ``way``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, topics=TOPICS)
        self.way = FaultProxy(self.port)
        place = self.command.index("--advertised-listener-url") + 1
        self.command = (*self.command[:place], f"tcp://{LOOPBACK}:{self.way.port}", *self.command[place + 1 :])


@dataclass(frozen=True)
class World(FeedCluster):
    """A deployment whose ways can be broken: each replica's to Redis, that to Kafka, the clients' to the balancer."""

    redis_ways: tuple[FaultProxy, ...]
    kafka_way: FaultProxy
    client_way: FaultProxy

    @property
    def socket_url(self) -> str:
        """Where clients connect."""
        return f"ws://{LOOPBACK}:{self.client_way.port}/ws"


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Run it all."""
    redis, broker = RedisServer(folder), ProxiedBroker(folder)
    async with AsyncExitStack() as running:
        await running.enter_async_context(broker.way)
        for server in (redis, broker):
            await running.enter_async_context(stop_at_end(server))
            await server.start()
        ways = tuple([await running.enter_async_context(FaultProxy(redis.port)) for _ in range(REPLICAS)])
        options = {**OPTIONS, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap, "WEBSOCKET_PING_INTERVAL": "2"}
        feeds = tuple(FeedProcess(folder, f"redis://{LOOPBACK}:{way.port}/0", options=options) for way in ways)
        for feed in feeds:
            await running.enter_async_context(stop_at_end(feed))
            await feed.start()
        balancer = Balancer([feed.port for feed in feeds])
        await running.enter_async_context(balancer.running())
        client_way = await running.enter_async_context(FaultProxy(balancer.port))
        yield World(
            folder, redis, broker, feeds, balancer, redis_ways=ways, kafka_way=broker.way, client_way=client_way
        )


class Silence:
    """The longest time in which a client that is told something all the time got nothing."""

    def __init__(self, flowing: Traffic) -> None:
        self._flowing = flowing
        self.longest_s = 0.0

    async def watch(self) -> None:
        """Look until cancelled."""
        begun = perf_counter()
        last = {id(client): (client.count, begun) for client in self._flowing.clients}
        while True:
            await asyncio.sleep(LOOK_S)
            now = perf_counter()
            for client in self._flowing.clients:
                count, since = last[id(client)]
                if client.count > count:
                    last[id(client)] = (client.count, now)
                self.longest_s = max(self.longest_s, now - since)


Break = Callable[[World], Awaitable[None]]
ClusterT = TypeVar("ClusterT", bound=FeedCluster)


async def measure(running: ClusterT, break_it: Callable[[ClusterT], Awaitable[None]]) -> Figures:
    """Have steady traffic, break something and mend it, and account for everything that was sent."""
    async with traffic(running) as flowing:
        silence = Silence(flowing)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(silence.watch())
            begun = perf_counter()
            await break_it(running)
            held_s = perf_counter() - begun
            async with asyncio.timeout(BACK_WITHIN_S):
                await flowing.is_steady()
            watching.cancel()
    clients = flowing.clients
    lost = sum(
        len(set(flowing.sent[one.user_id]) - {n for each in one.histories for n in each.numbers}) for one in clients
    )
    codes = [code for client in clients for code in client.closures]
    closed = ", ".join(f"{codes.count(code)} × {code}" for code in sorted(set(codes)))
    return Figures(
        held_s=held_s,
        waited_s=silence.longest_s,
        saw=f"{closed} of {len(clients)} sockets" if closed else "no socket closed",
        lost=lost,
        twice=sum(each.repeats for client in clients for each in client.histories),
    )


def through(ways: Callable[[World], tuple[FaultProxy, ...]], fault: Fault) -> Break:
    """Return how to break those ways for a while."""

    async def break_it(running: World) -> None:
        for way in ways(running):
            way.set_fault(fault)
        await asyncio.sleep(HELD_S)
        for way in ways(running):
            way.set_fault(Fault.NONE)

    return break_it


def reset(ways: Callable[[World], tuple[FaultProxy, ...]]) -> Break:
    """Return how to reset those ways' connections once a second."""

    async def break_it(running: World) -> None:
        for _ in range(int(HELD_S)):
            for way in ways(running):
                way.reset()
            await asyncio.sleep(1)

    return break_it


async def kill_redis(running: World) -> None:
    """Have Redis killed, and started again."""
    await running.redis.kill()
    await asyncio.sleep(HELD_S)
    await running.redis.start()


async def freeze_redis(running: World) -> None:
    """Have Redis stand still."""
    await running.redis.freeze()
    await asyncio.sleep(HELD_S)
    running.redis.thaw()


async def freeze_kafka(running: World) -> None:
    """Have the broker stand still."""
    await running.broker.freeze()
    await asyncio.sleep(HELD_S)
    running.broker.thaw()


async def kill_replica(running: World) -> None:
    """Have one of two replicas killed, and started again."""
    await running.replicas[0].kill()
    await asyncio.sleep(HELD_S)
    await running.replicas[0].start()


async def freeze_replica(running: World) -> None:
    """Have one of two replicas stand still."""
    await running.replicas[0].freeze()
    await asyncio.sleep(HELD_S)
    running.replicas[0].thaw()


async def restart_replicas(running: World) -> None:
    """Have one replica after the other stopped in good order and started again."""
    for replica in running.replicas:
        await restart_feed(replica, running.replicas)


def to_redis(running: World) -> tuple[FaultProxy, ...]:
    """Return every replica's way to Redis."""
    return running.redis_ways


def to_redis_of_one(running: World) -> tuple[FaultProxy, ...]:
    """Return the way of one replica."""
    return running.redis_ways[:1]


def to_kafka(running: World) -> tuple[FaultProxy, ...]:
    """Return the way to Kafka."""
    return (running.kafka_way,)


def of_clients(running: World) -> tuple[FaultProxy, ...]:
    """Return the clients' way to the balancer."""
    return (running.client_way,)


FEED_RUNS: dict[str, Break] = {
    "feed-redis-dies": kill_redis,
    "feed-redis-hangs": freeze_redis,
    "feed-redis-slow": through(to_redis, Fault.SLOW),
    "feed-redis-resets": reset(to_redis),
    "feed-redis-half-open": through(to_redis, Fault.SILENT),
    "feed-redis-cut-from-one-replica": through(to_redis_of_one, Fault.SILENT),
    "feed-kafka-hangs": freeze_kafka,
    "feed-kafka-slow": through(to_kafka, Fault.SLOW),
    "feed-kafka-resets": reset(to_kafka),
    "feed-kafka-half-open": through(to_kafka, Fault.SILENT),
    "feed-replica-dies": kill_replica,
    "feed-replica-hangs": freeze_replica,
    "feed-replicas-restart": restart_replicas,
    "feed-balancer-dies": through(of_clients, Fault.REFUSED),
    "feed-balancer-slow": through(of_clients, Fault.SLOW),
    "feed-balancer-resets": reset(of_clients),
    "feed-balancer-half-open": through(of_clients, Fault.SILENT),
}
