"""Publish to the feed: as fast as it delivers, at a rate, or through Kafka."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4

import orjson
import uvloop
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from benchmarks.feed_client import ClientCounters, payload
from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.identity.principal import UserId
from common.notification_log.log import Cursor, with_id
from common.notification_log.redis_log import RedisNotificationLog

WINDOW = 2_000
"""Messages on their way at most: Redis cuts a subscriber that falls 32 MB behind."""
BATCH = 50
TICK_S = 0.005
ROOM_WITHIN_S = 8.0
STAMP = "2026-03-02T08:00:00Z"

T = TypeVar("T")


def in_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end on a fresh uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


class Publisher:
    """Publishes frames as the log does, in turn to each of its users: each the next entry of the user's real epoch."""

    def __init__(self, redis: Redis, log: RedisNotificationLog, ends: dict[str, Cursor]) -> None:
        self._redis = redis
        self._log = log
        self._ends = ends
        self._users = itertools.cycle(ends)
        self._numbers = itertools.count(1)

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, redis_url: str, users: Sequence[str]) -> AsyncIterator[Self]:
        """Connect, and learn where each user's log ends."""
        async with Redis.from_url(redis_url, protocol=2) as redis:
            log = RedisNotificationLog(redis, service="benchmarks")
            yield cls(redis, log, {user: (await log.read_after(UserId(user), None)).cursor for user in users})

    async def position(self, user: str) -> Cursor:
        """Return the end of the user's log."""
        return (await self._log.read_after(UserId(user), None)).cursor

    async def append(self, count: int) -> None:
        """Append ``count`` messages for real."""
        for _ in range(count):
            number = next(self._numbers)
            await self._log.append(UserId(next(self._users)), event_id=uuid4(), message=payload(number))

    async def one(self) -> None:
        """Publish one message."""
        await self._batch(1)

    async def as_fast_as_delivered(self, count: int, counters: ClientCounters) -> int:
        """Publish ``count`` messages, never more than ``WINDOW`` ahead of what the sockets have received.

        Returns how many were published: fewer when the sockets received nothing for ``ROOM_WITHIN_S`` seconds.
        """
        sent = 0
        while sent < count:
            batch = min(BATCH, count - sent)
            await self._batch(batch)
            sent += batch
            if sent > WINDOW:
                try:
                    await counters.reach(sent - WINDOW, within_s=ROOM_WITHIN_S)
                except TimeoutError:
                    return sent
        return sent

    async def at_rate(self, rate: int, seconds: float) -> int:
        """Publish ``rate`` messages a second for ``seconds``, in bursts of 5 ms; return how many."""
        start, sent = time.perf_counter(), 0
        total = int(rate * seconds)
        while sent < total:
            due = min(total, int((time.perf_counter() - start) * rate))
            if due > sent:
                await self._batch(due - sent)
                sent = due
            await asyncio.sleep(TICK_S)
        return sent

    async def _batch(self, count: int) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for user in itertools.islice(self._users, count):
                number = next(self._numbers)
                last = self._ends[user]
                cursor = self._ends[user] = Cursor(last.epoch, last.ms + 1, last.seq + 1)
                pipe.publish(f"ws:{user}", with_id(payload(number), cursor))
            await pipe.execute()


async def produce_notifications(brokers: str, users: Sequence[str], *, rate: int, seconds: float, first: int) -> int:
    """Send ``rate`` notifications a second to Kafka for ``seconds``, numbered from ``first``; return how many."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers)
    await producer.start()
    start, sent, total = time.perf_counter(), 0, int(rate * seconds)
    try:
        while sent < total:
            due = min(total, int((time.perf_counter() - start) * rate))
            for number in range(sent, due):
                user = users[number % len(users)]
                record = envelope(notification(user, first + number))
                await producer.send(TEACHER_NOTIFICATION_TOPIC, record, key=user.encode())
            sent = due
            await asyncio.sleep(TICK_S)
        await producer.flush()
    finally:
        await producer.stop()
    return sent


def notification(user: str, number: int) -> dict[str, Any]:
    """Return a notification of ``user`` that carries its number and the time it was made (ns, monotonic)."""
    return {
        "teacher_id": user,
        "notification_type": "batch_spellcheck_completed",
        "category": "processing_results",
        "priority": "standard",
        "payload": {"n": number, "t": time.monotonic_ns()},
        "action_required": False,
        "correlation_id": str(uuid4()),
        "batch_id": "b1",
        "timestamp": STAMP,
    }


def envelope(data: Mapping[str, Any], *, event_id: UUID | None = None) -> bytes:
    """Return the record that carries ``data`` under ``event_id``, a fresh one when it is None."""
    enclosed = {
        "event_id": str(event_id or uuid4()),
        "event_type": TEACHER_NOTIFICATION_TOPIC,
        "event_timestamp": STAMP,
        "source_service": "benchmark",
        "schema_version": 1,
        "correlation_id": data["correlation_id"],
        "data": data,
    }
    return orjson.dumps(enclosed)
