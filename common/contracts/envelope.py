"""Kafka's topics, the envelope around every record on them, and the value types that all contracts share."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID, uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, PositiveInt, StringConstraints

PIPELINE_COMMAND_TOPIC = "huleedu.commands.batch.pipeline.v1"
TEACHER_NOTIFICATION_TOPIC = "huleedu.notification.teacher.requested.v1"


def dead_letter_topic(topic: str) -> str:
    """Return the topic that takes records of ``topic`` which can never be processed."""
    return f"{topic}.dlq"


NonEmptyStr = Annotated[str, StringConstraints(min_length=1, strict=True)]
PLAIN_PATTERN = r"^[^\u0000-\u001f\u007f]+$"
PlainStr = Annotated[NonEmptyStr, StringConstraints(pattern=PLAIN_PATTERN)]
"""An identifier or a reference: no control character, which a log, a header, a key or a database reads its own way."""

TRIMMED_PATTERN = r"^[^\s\u0000-\u001f\u007f](?:[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$"
TrimmedStr = Annotated[NonEmptyStr, StringConstraints(pattern=TRIMMED_PATTERN)]
"""A plain string without blanks at its ends, which the command's consumer strips and so would read another string."""

FreeStr = Annotated[str, StringConstraints(strict=True, pattern=r"^[^\u0000]*$")]
"""A text that may have lines and tabs, but no NUL, which databases refuse and other languages take for its end."""


def _in_utc(moment: datetime) -> datetime:
    """Return the moment in UTC; raises ValueError for one that lies before its year 1, or behind its year 9999."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "UTC has no such moment"
        raise ValueError(message) from None


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc)]
"""An aware datetime in UTC; one without a zone is taken for UTC, as some of the platform's producers write it."""


RecordHeaders = Sequence[tuple[str, bytes]]

DataT = TypeVar("DataT")


class EventEnvelope(BaseModel, Generic[DataT]):
    """One event as it travels; fields a newer producer adds are ignored.

    ``event_type`` is the topic's name. ``metadata`` carries the W3C trace context and ``org_id``.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: UUID = Field(default_factory=uuid4)
    event_type: NonEmptyStr
    event_timestamp: UtcDatetime
    source_service: NonEmptyStr
    schema_version: PositiveInt = 1
    correlation_id: UUID
    data_schema_uri: str | None = None
    data: DataT
    metadata: dict[str, JsonValue] | None = None

    def to_bytes(self) -> bytes:
        """Return the record value: JSON in UTF-8, optional fields left out when they say nothing."""
        return self.model_dump_json(exclude_none=True).encode()

    def record_headers(self) -> RecordHeaders:
        """Return the headers of the record, by which the platform's consumers drop repeats without reading the value.

        Where ``event_id`` and ``event_type`` are missing they hash id and data together, so that a repeat under
        another correlation id would be done again. Its name for the correlation id is ``trace_id``.
        """
        facts = {
            "event_id": str(self.event_id),
            "event_type": self.event_type,
            "trace_id": str(self.correlation_id),
            "source_service": self.source_service,
            "schema_version": str(self.schema_version),
            "occurred_at": self.event_timestamp.isoformat(),
        }
        return [(name, value.encode()) for name, value in facts.items()]
