"""The feed's intake with its real parts: a broker's topic into Valkey."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from common.clock import SystemClock
from common.notification_log import NotificationLog
from common.notification_log.redis_log import RedisNotificationLog
from sandbox.processes import ManagedProcess
from tests.support.record_sources import KafkaTopicWorld
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.intake import Intake
from websocket_service.intake_tally import IntakeTally
from websocket_service.notifications import NotificationConsumer, Pace

LOG_DEADLINE_S = 0.5
ServerT = TypeVar("ServerT", bound=ManagedProcess)


@dataclass(frozen=True, slots=True)
class RealIntake:
    """A consumer that isn't running yet, what it counts, and the log it fills."""

    consumer: NotificationConsumer
    tally: IntakeTally
    log: NotificationLog


@asynccontextmanager
async def running(server: ServerT) -> AsyncIterator[ServerT]:
    """Have the server started, and stopped whatever happens."""
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def real_intake(redis_url: str, topic: KafkaTopicWorld) -> AsyncIterator[RealIntake]:
    """Give a consumer of the topic that appends to that Valkey; a log that is away is tried again soon."""
    clock, tally = SystemClock(), IntakeTally()
    letters = KafkaDeadLetters(topic.bootstrap, idempotent=False)
    async with Redis.from_url(
        redis_url, protocol=2, retry=Retry(NoBackoff(), 0), socket_timeout=LOG_DEADLINE_S
    ) as redis:
        log = RedisNotificationLog(redis, service="tests", deadline_s=LOG_DEADLINE_S)
        intake = Intake(log, letters, tally=tally, clock=clock)
        pace = Pace(longest_pause_s=0.5)
        yield RealIntake(NotificationConsumer(topic.source(), intake, tally=tally, clock=clock, pace=pace), tally, log)
    await letters.stop()
