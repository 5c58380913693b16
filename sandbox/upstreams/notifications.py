"""How the simulated services tell a teacher something: through Kafka, as the real ones do."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, Protocol
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic import JsonValue

from common.contracts.envelope import EventEnvelope
from common.contracts.notification import Category, NotificationType, Priority, TeacherNotification
from common.contracts.topics import TEACHER_NOTIFICATION_TOPIC
from sandbox.upstreams.records import now

RETRY_PAUSE_S = 0.25

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


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something a teacher is to be told."""

    type: NotificationType
    teacher_id: str
    correlation_id: UUID
    source: str
    batch_id: str | None = None
    class_id: str | None = None
    payload: dict[str, JsonValue] = field(default_factory=dict)
    deadline: datetime | None = None

    def envelope(self) -> EventEnvelope[TeacherNotification]:
        """Return the event that requests the notification; each call makes a new event."""
        category, priority = KINDS[self.type]
        notification = TeacherNotification(
            teacher_id=self.teacher_id,
            notification_type=self.type,
            category=category,
            priority=priority,
            payload=self.payload,
            action_required=self.deadline is not None,
            deadline_timestamp=self.deadline,
            correlation_id=str(self.correlation_id),
            batch_id=self.batch_id,
            class_id=self.class_id,
            timestamp=now(),
        )
        return EventEnvelope(
            event_type=TEACHER_NOTIFICATION_TOPIC,
            event_timestamp=notification.timestamp,
            source_service=self.source,
            correlation_id=self.correlation_id,
            data=notification,
        )


class Notifier(Protocol):
    """Tells teachers."""

    def tell(self, news: News) -> None:
        """Have ``news`` sent; returns at once."""
        ...


class KafkaNotifier:
    """Puts news on Kafka in the order it was told, waiting for the broker as long as it takes.

    A record whose acknowledgement was lost is sent again with the same event id.
    """

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._waiting: asyncio.Queue[EventEnvelope[TeacherNotification]] = asyncio.Queue()

    def tell(self, news: News) -> None:
        """Have ``news`` sent; returns at once."""
        self._waiting.put_nowait(news.envelope())

    async def run(self) -> NoReturn:
        """Send what is told, until cancelled."""
        while True:
            await self._send(await self._waiting.get())

    async def _send(self, envelope: EventEnvelope[TeacherNotification]) -> None:
        while True:
            try:
                await self._producer.send_and_wait(
                    TEACHER_NOTIFICATION_TOPIC, envelope.to_bytes(), key=envelope.data.teacher_id.encode()
                )
            except KafkaError as failure:
                logger.warning("notification.not_sent event_id=%s error=%r", envelope.event_id, failure)
                await asyncio.sleep(RETRY_PAUSE_S)
            else:
                return
