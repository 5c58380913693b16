"""Parses what is published on a user's channel into the frame that its clients get."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import orjson
from pydantic import JsonValue

from common.contracts.notification import MAX_NOTIFICATION_BYTES, RESERVED_EVENT_PREFIX
from common.notification_log import DirectFrame, LoggedFrame, SeenFrame, read_published
from websocket_service.protocol.server_frames import Frame, Kind, encode_frame


class DropReason(StrEnum):
    """Why a message published directly is dropped; a metric label."""

    TOO_LARGE = "too_large"
    NOT_AN_OBJECT = "not_an_object"
    RESERVED_EVENT = "reserved_event"


def parse_published(payload: bytes, *, most_bytes: int = MAX_NOTIFICATION_BYTES) -> Frame | DropReason:
    """Return the frame that one message of channel ``ws:<user>`` makes, or why it is dropped.

    The log's own messages are passed on byte for byte. Any service may publish a direct one, as best effort: a JSON
    object of at most ``most_bytes`` whose event is none of the feed's own (platform contract, "Redis and the socket").
    It loses its ``id``, which a client would take for a cursor to resume from.
    """
    match read_published(payload):
        case LoggedFrame(cursor=cursor):
            message = _parse_object(payload)
            if isinstance(message, DropReason):
                return message
            return encode_frame(payload, cursor=cursor, occurred_at=_event_time(message), kind=Kind.LOGGED)
        case SeenFrame(cursor=mark):
            return encode_frame(payload, seen=mark)
        case DirectFrame():
            return _parse_direct(payload, most_bytes)


def _parse_direct(payload: bytes, most_bytes: int) -> Frame | DropReason:
    if len(payload) > most_bytes:
        return DropReason.TOO_LARGE
    message = _parse_object(payload)
    if isinstance(message, DropReason):
        return message
    if "id" in message:
        del message["id"]
        try:
            payload = orjson.dumps(message)
        except orjson.JSONEncodeError:  # nested more deeply than it can be written
            return DropReason.NOT_AN_OBJECT
    return encode_frame(payload, kind=Kind.DIRECT)


def _parse_object(payload: bytes) -> dict[str, JsonValue] | DropReason:
    """Return the JSON object of a payload; one that ends as the log's do may come from any service too."""
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return DropReason.NOT_AN_OBJECT
    if not isinstance(message, dict):
        return DropReason.NOT_AN_OBJECT
    event = message.get("event")
    if isinstance(event, str) and event.startswith(RESERVED_EVENT_PREFIX):
        return DropReason.RESERVED_EVENT
    return message


def _event_time(message: Mapping[str, JsonValue]) -> float | None:
    """Return the epoch seconds at which the event happened, None when its data doesn't tell them."""
    match message:
        case {"data": {"timestamp": str(timestamp)}}:
            try:
                return datetime.fromisoformat(timestamp).timestamp()
            except (OverflowError, ValueError):
                return None
        case _:
            return None
