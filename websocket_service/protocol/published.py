"""What may come in on a user's channel, and what clients get of it."""

from datetime import datetime
from enum import StrEnum

import orjson

from common.contracts.notification import MAX_MESSAGE_BYTES, RESERVED_EVENT_PREFIX
from common.notification_log import DirectFrame, LoggedFrame, SeenFrame, read_published
from websocket_service.protocol.server_frames import Frame, Kind, encode_frame


class Flaw(StrEnum):
    """Why a message published directly is dropped; a metric label."""

    TOO_LARGE = "too_large"
    NOT_AN_OBJECT = "not_an_object"
    RESERVED_EVENT = "reserved_event"


def judge(payload: bytes) -> Frame | Flaw:
    """Turn one message of channel ``ws:<user>`` into a frame, or say why nobody gets it.

    The log's own messages are passed on byte for byte. Direct ones are anybody's and best effort: a JSON object of at
    most 64 KB whose event is none of the feed's own (platform contract, "Redis and the socket"), less its ``id``, which
    a client would take for a place to come back to.
    """
    match read_published(payload):
        case LoggedFrame(cursor=cursor):
            return encode_frame(payload, cursor=cursor, occurred_at=_event_time(payload), kind=Kind.LOGGED)
        case SeenFrame(cursor=mark):
            return Frame(payload.decode(), len(payload), seen=mark)
        case DirectFrame():
            return _direct(payload)


def _direct(payload: bytes) -> Frame | Flaw:
    if len(payload) > MAX_MESSAGE_BYTES:
        return Flaw.TOO_LARGE
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return Flaw.NOT_AN_OBJECT
    if not isinstance(message, dict):
        return Flaw.NOT_AN_OBJECT
    event = message.get("event")
    if isinstance(event, str) and event.startswith(RESERVED_EVENT_PREFIX):
        return Flaw.RESERVED_EVENT
    if "id" in message:
        del message["id"]
        payload = orjson.dumps(message)
    return encode_frame(payload, kind=Kind.DIRECT)


def _event_time(payload: bytes) -> float | None:
    """Return the epoch seconds at which the event happened, where its data tells them."""
    if b'"timestamp"' not in payload:
        return None
    match orjson.loads(payload):
        case {"data": {"timestamp": str(timestamp)}}:
            try:
                return datetime.fromisoformat(timestamp).timestamp()
            except ValueError:
                return None
        case _:
            return None
