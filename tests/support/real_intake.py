"""The feed's intake with its real parts: a broker's topic into Valkey."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from common.clock import SystemClock
from common.notification_log import NotificationLog
from common.notification_log.redis_log import RedisNotificationLog
from common.redis_client import make_redis
from common.settings import RedisMode, SharedSettings, read_settings
from sandbox.processes import ManagedProcess
from tests.support.record_sources import KafkaTopicWorld
from tests.support.signing import SECRET
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


def deployed(mode: RedisMode = RedisMode.STANDALONE, **variables: str) -> SharedSettings:
    """Return settings for a Redis of this mode."""
    return read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET, "REDIS_MODE": mode.value} | variables)


@asynccontextmanager
async def real_intake(
    redis_url: str, topic: KafkaTopicWorld, settings: SharedSettings | None = None
) -> AsyncIterator[RealIntake]:
    """Give a consumer of the topic that appends to that Valkey; a log that is away is tried again soon."""
    clock, tally = SystemClock(), IntakeTally()
    letters = KafkaDeadLetters(topic.bootstrap, idempotent=False)
    redis = make_redis(redis_url, settings or deployed(), timeout_s=LOG_DEADLINE_S)
    log = RedisNotificationLog(redis, service="tests", deadline_s=LOG_DEADLINE_S)
    intake = Intake(log, letters, tally=tally, clock=clock)
    consumer = NotificationConsumer(topic.source(), intake, tally=tally, clock=clock, pace=Pace(longest_pause_s=0.5))
    try:
        yield RealIntake(consumer, tally, log)
    finally:
        await redis.aclose()
        await letters.stop()
