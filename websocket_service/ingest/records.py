"""Parses a Kafka record into a notification for one user's log, or into the reason why it is invalid."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Final
from uuid import UUID

import orjson
from pydantic import JsonValue, ValidationError

from common.contracts.envelope import EventEnvelope
from common.contracts.notification import MAX_NOTIFICATION_BYTES, TeacherNotification, relay_message
from common.identity.principal import UserId
from common.notification_log import NewEntry

ID_ROOM_BYTES: Final = 128
"""Kept free in a message for the ``id`` the log adds, so that the whole frame stays within the limit."""

RECORD_FACTOR: Final = 8
"""A record's value may have so many times the bytes of a notification; it bounds only what is parsed.

A producer's JSON may spell in six bytes (``\\u00e5``) what takes two in ours, and the envelope isn't relayed.
"""

_FINGERPRINT_BYTES: Final = 16

_MOST_FLAWS: Final = 5


class InvalidReason(StrEnum):
    """Why a record, or a batch of them, is a dead letter; a metric label and the value of its ``dlq-reason`` header."""

    NO_VALUE = "no_value"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    WRONG_SCHEMA = "wrong_schema"
    UNEXPECTED = "unexpected"
    UNKNOWN_CODEC = "unknown_codec"
    BROKEN_CHECKSUM = "broken_checksum"
    CUT_SHORT = "cut_short"
    BROKEN_BATCH = "broken_batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification(NewEntry):
    """A message for one user's log: ``message`` is the contract's compact JSON ``{"event","data"}``.

    ``fingerprint`` is the same for the same data, however its members are ordered or spelled. An outbox that relays a
    row twice makes a new event of it; two clicks differ in their data's timestamp.
    """

    correlation_id: UUID
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class InvalidRecord:
    """Why a record can never be delivered; ``detail`` names fields, never their values."""

    reason: InvalidReason
    error_class: str
    detail: str


class _Request(EventEnvelope[TeacherNotification]):
    """The envelope with a required event id: without it, duplicates can't be recognised."""

    event_id: UUID


def parse_record(value: bytes | None, *, most_bytes: int = MAX_NOTIFICATION_BYTES) -> Notification | InvalidRecord:
    """Parse a record's value; never raises.

    Args:
        value: the record's value.
        most_bytes: how many bytes the notification's frame may have.
    """
    if value is None:
        return InvalidRecord(InvalidReason.NO_VALUE, "None", "the record is a tombstone")
    if len(value) > RECORD_FACTOR * most_bytes:
        return _too_large("value", len(value), RECORD_FACTOR * most_bytes)
    try:
        facts = orjson.loads(value)
        return _notification(_Request.model_validate(facts), facts["data"], most_bytes - ID_ROOM_BYTES)
    except orjson.JSONDecodeError as error:
        return InvalidRecord(InvalidReason.NOT_JSON, type(error).__name__, error.msg)
    except ValidationError as error:
        return InvalidRecord(InvalidReason.WRONG_SCHEMA, type(error).__name__, _describe(error))
    except orjson.JSONEncodeError as error:
        return InvalidRecord(InvalidReason.WRONG_SCHEMA, type(error).__name__, str(error))


def _notification(request: _Request, data: JsonValue, most_bytes: int) -> Notification | InvalidRecord:
    message = orjson.dumps(relay_message(request.data))
    if len(message) > most_bytes:
        return _too_large("message", len(message), most_bytes)
    return Notification(
        user_id=UserId(request.data.teacher_id),
        event_id=request.event_id,
        correlation_id=request.correlation_id,
        occurred_at=request.event_timestamp,
        message=message,
        fingerprint=blake2b(
            orjson.dumps(data, option=orjson.OPT_SORT_KEYS), digest_size=_FINGERPRINT_BYTES
        ).hexdigest(),
    )


def _too_large(what: str, size: int, most: int) -> InvalidRecord:
    return InvalidRecord(InvalidReason.TOO_LARGE, "ValueError", f"the {what} has {size} bytes, more than {most}")


def _describe(error: ValidationError) -> str:
    flaws = error.errors(include_url=False, include_context=False, include_input=False)
    described = (f"{'.'.join(map(str, flaw['loc'])) or 'record'}: {flaw['type']}" for flaw in flaws[:_MOST_FLAWS])
    return ", ".join(described)
