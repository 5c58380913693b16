"""The feed as it is deployed: replicas behind a balancer, over one Valkey and one broker, all of them real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC, dead_letter_topic
from sandbox.kafka_server import KafkaServer
from sandbox.ports import LOOPBACK
from sandbox.processes import ManagedProcess
from sandbox.redis_server import RedisServer
from sandbox.stack import stop_together
from tests.support.balancer import Balancer
from tests.support.feed import FeedProcess

TOPICS = (TEACHER_NOTIFICATION_TOPIC, dead_letter_topic(TEACHER_NOTIFICATION_TOPIC))
REPLICAS = 2
# The broker from the wheel knows no idempotent producer. However long a replica stands still, its clients stay.
OPTIONS = {"KAFKA_FETCH_MAX_WAIT_MS": "10", "KAFKA_ENABLE_IDEMPOTENCE": "false", "WEBSOCKET_PING_INTERVAL": "300"}


@dataclass(frozen=True)
class FeedCluster:
    """A running deployment."""

    folder: Path
    redis: RedisServer
    broker: KafkaServer
    replicas: tuple[FeedProcess, ...]
    balancer: Balancer

    @property
    def socket_url(self) -> str:
        """Where clients connect."""
        return f"ws://{LOOPBACK}:{self.balancer.port}/ws"

    def another_replica(self) -> FeedProcess:
        """Return a further replica, not started, which the balancer doesn't know."""
        return _replica(self.folder, self.redis, self.broker)


@asynccontextmanager
async def running_cluster(folder: Path, broker: KafkaServer) -> AsyncIterator[FeedCluster]:
    """Run a deployment over ``broker``, which is started and stopped with it."""
    redis = RedisServer(folder)
    replicas = tuple(_replica(folder, redis, broker) for _ in range(REPLICAS))
    stages: tuple[tuple[ManagedProcess, ...], ...] = ((redis, broker), replicas)
    balancer = Balancer([replica.port for replica in replicas])
    async with AsyncExitStack() as running:
        for stage in stages:
            running.push_async_callback(stop_together, stage)
            async with asyncio.TaskGroup() as starting:
                for process in stage:
                    starting.create_task(process.start())
        await running.enter_async_context(balancer.running())
        yield FeedCluster(folder, redis, broker, replicas, balancer)


async def sum_samples(metric: str, *replicas: FeedProcess, **labels: str) -> float:
    """Return the sum of a metric's samples that have these labels, over those replicas."""
    async with ClientSession() as session:
        samples = [sample for replica in replicas for sample in await _samples(session, replica)]
    return sum(one.value for one in samples if one.name == metric and labels.items() <= one.labels.items())


def joinings(replica: FeedProcess) -> int:
    """Return how often partitions were assigned to the replica, as its log tells."""
    return replica.log.read_text(encoding="utf-8").count("notifications.partitions_assigned")


async def _samples(session: ClientSession, replica: FeedProcess) -> list[Sample]:
    async with session.get(f"{replica.http_url}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
        return [sample for family in families for sample in family.samples]


def _replica(folder: Path, redis: RedisServer, broker: KafkaServer) -> FeedProcess:
    return FeedProcess(folder, redis.url, options={**OPTIONS, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap})
