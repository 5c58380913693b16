"""How fast a backlog of Kafka records becomes entries of users' logs."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvloop

from benchmarks import servers
from benchmarks.feed_load import produce_notifications
from benchmarks.figures import CaseResult, Figure, at_most
from benchmarks.processes import SERVICE_CORE, pin
from benchmarks.rounds import Options
from common.clock import SystemClock
from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.kafka_producer import KafkaOptions
from common.notification_log.redis_log import RedisNotificationLog
from common.observability.logging import configure_logging
from common.redis_client import make_redis
from common.settings.shared import SharedSettings
from common.settings.variables import read_settings
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.adapters.kafka_notifications import KafkaNotifications, TopicReading
from websocket_service.ingest.batch import BatchProcessor
from websocket_service.ingest.consumer import NotificationConsumer
from websocket_service.metrics import IngestCounters

BACKLOG = 20_000
USERS = 500
PRODUCED_PER_S = 40_000
LEAST_PER_S = 9_000
MOST_CPU_US = 80
LOOK_EVERY_S = 0.002


def run(options: Options) -> CaseResult:
    """Measure a backlog of 20,000 records of 500 users going into their logs, a log line each."""
    rates: list[float] = []
    costs: list[float] = []
    with servers.redis() as redis, servers.kafka() as kafka, Path(os.devnull).open("wb") as nowhere:
        configure_logging("INFO", service="benchmark", output=nowhere)
        uvloop.run(_produce(kafka))
        for number in range(options.rounds):
            with _alone_on_the_service_core():
                rate, cpu_us = uvloop.run(_round(redis, kafka, group=f"round-{number}"))
            rates.append(rate)
            costs.append(cpu_us)
    median = sorted(rates)[len(rates) // 2]
    figures = [
        Figure("Kafka to log, backlog", "records/s", rates, (), f"≥ {LEAST_PER_S} records/s", median >= LEAST_PER_S),
        at_most("CPU a record", "µs", ours=costs, bound=MOST_CPU_US),
    ]
    return CaseResult("feed-intake", figures, "one consumer on core 0; Valkey without a log file and Tansu on core 1")


async def _produce(kafka: str) -> None:
    users = [f"teacher-{number}" for number in range(USERS)]
    await produce_notifications(kafka, users, rate=PRODUCED_PER_S, seconds=BACKLOG / PRODUCED_PER_S, first=0)


async def _round(redis_url: str, kafka: str, *, group: str) -> tuple[float, float]:
    counters = IngestCounters()
    async with _consumer(redis_url, kafka, group, counters) as consumer, asyncio.TaskGroup() as tasks:
        job = tasks.create_task(consumer.run())
        await _wait_until_reached(counters, 1)
        first, began, cpu = counters.appended, time.perf_counter(), time.process_time()
        await _wait_until_reached(counters, BACKLOG)
        taken, spent, used = BACKLOG - first, time.perf_counter() - began, time.process_time() - cpu
        job.cancel()
    return taken / spent, used / taken * 1e6


@contextlib.asynccontextmanager
async def _consumer(
    redis_url: str, kafka: str, group: str, counters: IngestCounters
) -> AsyncIterator[NotificationConsumer]:
    settings = read_settings(SharedSettings, {"JWT_SECRET_KEY": "a secret of this benchmark, not of anybody else"})
    redis, clock = make_redis(redis_url, settings), SystemClock()
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=kafka, idempotent=False))
    source = KafkaNotifications(
        TopicReading(bootstrap_servers=kafka, topic=TEACHER_NOTIFICATION_TOPIC, group=group, fetch_max_wait_ms=10),
        clock,
    )
    processor = BatchProcessor(
        RedisNotificationLog(redis, service="benchmark"), letters, counters=counters, clock=clock
    )
    try:
        await redis.execute_command("FLUSHALL")
        yield NotificationConsumer(source, processor, counters=counters, clock=clock)
    finally:
        await redis.aclose()


async def _wait_until_reached(counters: IngestCounters, count: int) -> None:
    while True:
        if counters.appended >= count:
            return
        await asyncio.sleep(LOOK_EVERY_S)


@contextlib.contextmanager
def _alone_on_the_service_core() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    pin(0, SERVICE_CORE)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
