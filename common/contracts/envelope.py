"""The envelope around every record the platform puts on Kafka."""

from collections.abc import Sequence
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PositiveInt

from common.contracts.values import NonEmptyStr, UtcDatetime

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
