"""The feed's ingest with its real parts: a broker's topic into Valkey."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from common.backoff import Backoff
from common.clock import SystemClock
from common.kafka_producer import KafkaOptions
from common.notification_log import NotificationLog
from common.notification_log.redis_log import RedisNotificationLog
from common.redis_client import make_redis
from common.settings.shared import RedisMode, SharedSettings
from common.settings.variables import read_settings
from tests.support.record_sources import KafkaTopicWorld
from tests.support.signing import SECRET
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.ingest.batch import BatchProcessor
from websocket_service.ingest.consumer import NotificationConsumer, Timings
from websocket_service.metrics import IngestCounters

PATIENT_S = 20.0
SOON = Backoff(first_s=0.1, longest_s=0.5)


@dataclass(frozen=True, slots=True)
class RealIngest:
    """A consumer that isn't running yet, what it counts, and the log it fills."""

    consumer: NotificationConsumer
    counters: IngestCounters
    log: NotificationLog


def redis_settings(mode: RedisMode = RedisMode.STANDALONE, **variables: str) -> SharedSettings:
    """Return settings for a Redis of this mode."""
    return read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET, "REDIS_MODE": mode.value} | variables)


@asynccontextmanager
async def real_ingest(
    redis_url: str, topic: KafkaTopicWorld, settings: SharedSettings | None = None, *, deadline_s: float = PATIENT_S
) -> AsyncIterator[RealIngest]:
    """Give a consumer of the topic that appends to that Valkey; a log that is away is tried again soon.

    ``deadline_s`` is the log's time for an answer: too much to miss it by chance, unless the test waits for that.
    """
    clock, counters = SystemClock(), IngestCounters()
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=topic.bootstrap, idempotent=False))
    redis = make_redis(redis_url, settings or redis_settings(), connect_within_s=deadline_s)
    log = RedisNotificationLog(redis, service="tests", deadline_s=deadline_s)
    processor = BatchProcessor(log, letters, counters=counters, clock=clock)
    consumer = NotificationConsumer(
        topic.source(), processor, counters=counters, clock=clock, timings=Timings(backoff=SOON)
    )
    try:
        yield RealIngest(consumer, counters, log)
    finally:
        await redis.aclose()
        await letters.stop()
