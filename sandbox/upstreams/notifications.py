"""How the simulated services tell a teacher something: by an outbox and Kafka, and directly through Redis."""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, Protocol
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic import BaseModel, JsonValue, NonNegativeInt
from redis.asyncio import Redis
from redis.exceptions import RedisError

from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.contracts.notification import Category, NotificationType, Priority
from sandbox.upstreams.records import Batch, now, without_zone
from sandbox.upstreams.settings import BATCH_REGISTERED_TOPIC

RETRY_PAUSE_S = 0.25
CHANNEL = "ws:{}"
NAIVE_SOURCES = ("file_service",)
"""Write times without a zone; the others write ``+00:00``."""

EMPTY_METADATA_SOURCES = ("class_management_service",)
"""Send ``{}`` as metadata; the others send null."""

KINDS: dict[NotificationType, tuple[Category, Priority]] = {
    NotificationType.BATCH_FILES_UPLOADED: (Category.FILE_OPERATIONS, Priority.STANDARD),
    NotificationType.BATCH_FILE_REMOVED: (Category.FILE_OPERATIONS, Priority.STANDARD),
    NotificationType.BATCH_VALIDATION_FAILED: (Category.SYSTEM_ALERTS, Priority.IMMEDIATE),
    NotificationType.CLASS_CREATED: (Category.CLASS_MANAGEMENT, Priority.STANDARD),
    NotificationType.STUDENT_ADDED_TO_CLASS: (Category.CLASS_MANAGEMENT, Priority.LOW),
    NotificationType.STUDENT_MATCHING_CONFIRMATION_REQUIRED: (Category.STUDENT_WORKFLOW, Priority.CRITICAL),
    NotificationType.VALIDATION_TIMEOUT_PROCESSED: (Category.STUDENT_WORKFLOW, Priority.IMMEDIATE),
    NotificationType.STUDENT_ASSOCIATIONS_CONFIRMED: (Category.STUDENT_WORKFLOW, Priority.HIGH),
    NotificationType.BATCH_PROCESSING_STARTED: (Category.BATCH_PROGRESS, Priority.LOW),
    NotificationType.BATCH_SPELLCHECK_COMPLETED: (Category.BATCH_PROGRESS, Priority.LOW),
    NotificationType.BATCH_NLP_COMPLETED: (Category.BATCH_PROGRESS, Priority.LOW),
    NotificationType.BATCH_CJ_ASSESSMENT_COMPLETED: (Category.BATCH_PROGRESS, Priority.STANDARD),
    NotificationType.BATCH_RESULTS_READY: (Category.PROCESSING_RESULTS, Priority.HIGH),
    NotificationType.BATCH_ASSESSMENT_COMPLETED: (Category.PROCESSING_RESULTS, Priority.IMMEDIATE),
    NotificationType.PIPELINE_COMPLETED: (Category.BATCH_PROGRESS, Priority.HIGH),
    NotificationType.PIPELINE_DENIED_INSUFFICIENT_CREDITS: (Category.SYSTEM_ALERTS, Priority.IMMEDIATE),
    NotificationType.PIPELINE_DENIED_RATE_LIMIT: (Category.SYSTEM_ALERTS, Priority.IMMEDIATE),
    NotificationType.PHASE_SKIPPED: (Category.BATCH_PROGRESS, Priority.LOW),
}

logger = logging.getLogger(__name__)


class OutboxSetting(BaseModel):
    """How many of the next notifications the relay publishes twice, as it does when an acknowledgement is lost."""

    publish_again: NonNegativeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event as it waits in a service's outbox.

    ``correlation_id`` is the envelope's and the record's key; the data may name another one.
    """

    topic: str
    source: str
    correlation_id: UUID
    data: dict[str, JsonValue]

    def envelope(self) -> dict[str, JsonValue]:
        """Return the event that one try publishes: its id and time are new each time, its data never."""
        return {
            "event_id": str(uuid4()),
            "event_type": self.topic,
            "event_timestamp": format_time(now(), self.source),
            "source_service": self.source,
            "schema_version": 1,
            "correlation_id": str(self.correlation_id),
            "data_schema_uri": None,
            "data": self.data,
            "metadata": {} if self.source in EMPTY_METADATA_SOURCES else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something a teacher is to be told.

    ``correlation_id`` is what the notification itself names. The envelope has a correlation id of its own; news with
    the same one stay in order.
    """

    type: NotificationType
    teacher_id: str
    correlation_id: str
    source: str
    batch_id: str | None = None
    class_id: str | None = None
    payload: dict[str, JsonValue] = field(default_factory=dict)
    deadline: datetime | None = None
    envelope_correlation_id: UUID = field(default_factory=uuid4)

    def row(self) -> Row:
        """Return the outbox row that requests the notification."""
        category, priority = KINDS[self.type]
        data: dict[str, JsonValue] = {
            "teacher_id": self.teacher_id,
            "notification_type": self.type.value,
            "category": category.value,
            "priority": priority.value,
            "payload": self.payload,
            "action_required": self.deadline is not None,
            "deadline_timestamp": None if self.deadline is None else format_time(self.deadline, self.source),
            "correlation_id": self.correlation_id,
            "batch_id": self.batch_id,
            "class_id": self.class_id,
            "timestamp": format_time(now(), self.source),
        }
        return Row(
            topic=TEACHER_NOTIFICATION_TOPIC,
            source=self.source,
            correlation_id=self.envelope_correlation_id,
            data=data,
        )


class Notifier(Protocol):
    """Tells teachers, and tells the result aggregator of new batches."""

    def tell(self, news: News) -> None:
        """Have ``news`` sent; returns at once."""
        ...

    def announce(self, batch: Batch) -> None:
        """Have the platform told of a new batch; returns at once."""
        ...

    def publish_again(self, count: int) -> None:
        """Have the next ``count`` notifications published twice."""
        ...

    async def tell_directly(self, user_id: str, event: str, data: dict[str, JsonValue]) -> None:
        """Publish a message to the user's open sockets; it is lost when none listens."""
        ...


class OutboxNotifier:
    """Puts events on Kafka in the order they were told, waiting for the broker as long as it takes.

    A row whose acknowledgement was lost is published again under a new event id.

    Args:
        producer: publishes the outbox's rows.
        redis: publishes direct messages.
    """

    def __init__(self, producer: AIOKafkaProducer, redis: Redis) -> None:
        self._producer = producer
        self._redis = redis
        self._waiting: asyncio.Queue[Row] = asyncio.Queue()
        self._again = 0

    def tell(self, news: News) -> None:
        """Have ``news`` sent; returns at once."""
        self._waiting.put_nowait(news.row())

    def announce(self, batch: Batch) -> None:
        """Have the platform told of a new batch; returns at once."""
        row = Row(
            topic=BATCH_REGISTERED_TOPIC,
            source="batch_orchestrator_service",
            correlation_id=uuid4(),
            data={"batch_id": batch.batch_id, "user_id": batch.user_id},
        )
        self._waiting.put_nowait(row)

    def publish_again(self, count: int) -> None:
        """Have the next ``count`` notifications published twice."""
        self._again = count

    async def tell_directly(self, user_id: str, event: str, data: dict[str, JsonValue]) -> None:
        """Publish a message to the user's open sockets; it is lost when none listens or Redis is away."""
        try:
            await self._redis.publish(CHANNEL.format(user_id), json.dumps({"event": event, "data": data}))
        except RedisError as failure:
            logger.warning("notification.not_told_directly event=%s error=%r", event, failure)

    async def run(self) -> NoReturn:
        """Publish what is queued, until cancelled."""
        while True:
            row = await self._waiting.get()
            await self._publish(row)
            if self._again and row.topic == TEACHER_NOTIFICATION_TOPIC:
                self._again -= 1
                await self._publish(row)

    async def _publish(self, row: Row) -> None:
        while True:
            envelope = row.envelope()
            try:
                await self._producer.send_and_wait(
                    row.topic, json.dumps(envelope).encode(), key=str(row.correlation_id).encode()
                )
            except KafkaError as failure:
                logger.warning("notification.not_sent event_id=%s error=%r", envelope["event_id"], failure)
                await asyncio.sleep(RETRY_PAUSE_S)
            else:
                return


def format_time(moment: datetime, source: str) -> str:
    """Return a time as the service writes it: without a zone, or with ``+00:00``."""
    return without_zone(moment) if source in NAIVE_SOURCES else moment.isoformat()
