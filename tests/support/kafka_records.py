"""Records for the feed to take in, and a consumer that takes them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import orjson
import pytest
from pydantic import JsonValue

from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_connection_error
from common.identity.principal import UserId
from common.notification_log import UNKNOWN_CURSOR, NotificationLog
from tests.support.writing import payloads
from websocket_service.ingest.consumer import NotificationConsumer

NOW = "2026-03-02T08:00:00Z"
CORRELATION = UUID("0b5ef8c1-6c1d-4d0e-9c52-000000000001")


def envelope(user_id: UserId, number: int = 0, *, event_id: UUID | None = None) -> dict[str, JsonValue]:
    """Return a valid record's JSON: notification ``number`` for the user, a new event unless told otherwise."""
    return {
        "event_id": str(uuid4() if event_id is None else event_id),
        "event_type": TEACHER_NOTIFICATION_TOPIC,
        "event_timestamp": NOW,
        "source_service": "batch-orchestrator-service",
        "schema_version": 1,
        "correlation_id": str(CORRELATION),
        "data": {
            "teacher_id": user_id,
            "notification_type": "numbered",
            "category": "batch_progress",
            "priority": "standard",
            "payload": {"n": number},
            "correlation_id": str(CORRELATION),
            "timestamp": NOW,
        },
    }


def value(user_id: UserId, number: int = 0, *, event_id: UUID | None = None) -> bytes:
    """Return a valid record's value."""
    return orjson.dumps(envelope(user_id, number, event_id=event_id))


def large_value(user_id: UserId, number: int, *, size: int) -> bytes:
    """Return a valid record's value whose notification has about ``size`` bytes."""
    return value(user_id, number).replace(b'"payload":{', b'"payload":{"pad":"%b",' % (b"x" * size))


def redis_away() -> HuleEduError:
    """Return the failure of a log whose store can't be reached."""
    with pytest.raises(HuleEduError) as raised:
        raise_connection_error(
            service="tests", operation="append_notification", message="gone", correlation_id=CORRELATION, target="redis"
        )
    return raised.value


async def everything(log: NotificationLog, user_id: UserId) -> list[int]:
    """Return the numbers of all that the user's log keeps, oldest first."""
    page = await log.read_after(user_id, UNKNOWN_CURSOR)
    numbers = payloads(page)
    while page.more:
        page = await log.read_after(user_id, page.cursor)
        numbers += payloads(page)
    return numbers


@asynccontextmanager
async def consuming(*consumers: NotificationConsumer) -> AsyncIterator[None]:
    """Run the consumers; cancel them, as the service's end does, when the block is left."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(consumer.run()) for consumer in consumers]
        yield
        for task in tasks:
            task.cancel()
