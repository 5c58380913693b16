"""The frames the feed sends (docs/feed.md lists them), also as server-sent events."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson
from pydantic import JsonValue

from common.notification_log import Cursor, Gap, Outcome, Seen

_FINAL_TEXT: Final = 0x81
_SIZE_IN_ONE_BYTE: Final = 125
_SIZE_IN_TWO_BYTES: Final = 0xFFFF

PONG_TEXT = '{"event":"feed.pong","type":"pong","data":{}}'


class Kind(StrEnum):
    """Where a frame comes from; a metric label."""

    LOGGED = "logged"
    """An entry of the user's log."""

    DIRECT = "direct"
    """Published by another service past the log."""

    CONTROL = "control"
    """Made by the feed itself."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it goes to clients, encoded once however many sockets it is for.

    ``cursor`` is the place from which a client goes on that has dealt with the frame: a logged message's own, or the
    one that ``feed.ready`` tells; None for frames that move no place. ``occurred_at``
    is the event's own time in epoch seconds where the message tells one. ``size`` is in bytes. ``seen`` is the
    seen-mark that a ``feed.seen`` tells. ``websocket`` is the whole frame as a WebSocket without extensions sends it.
    """

    text: str
    size: int
    cursor: Cursor | None = None
    occurred_at: float | None = None
    kind: Kind = Kind.CONTROL
    seen: Cursor | None = None
    websocket: bytes = b""


def encode_frame(
    body: bytes,
    *,
    cursor: Cursor | None = None,
    occurred_at: float | None = None,
    kind: Kind = Kind.CONTROL,
    seen: Cursor | None = None,
) -> Frame:
    """Make a frame of JSON that is already encoded."""
    return Frame(body.decode(), len(body), cursor, occurred_at, kind, seen, text_frame(body))


def text_frame(payload: bytes) -> bytes:
    """Return ``payload`` as one unmasked text frame of a WebSocket (RFC 6455 section 5.2)."""
    size = len(payload)
    if size <= _SIZE_IN_ONE_BYTE:
        return b"%c%c%b" % (_FINAL_TEXT, size, payload)
    if size <= _SIZE_IN_TWO_BYTES:
        return b"%c\x7e%b%b" % (_FINAL_TEXT, size.to_bytes(2), payload)
    return b"%c\x7f%b%b" % (_FINAL_TEXT, size.to_bytes(8), payload)


PONG = encode_frame(PONG_TEXT.encode())

HEARTBEAT = Frame("", 2)
"""Stands for the transport's own sign of life: a ping on a WebSocket, a comment in an event stream."""


def ready(*, cursor: Cursor, outcome: Outcome, heartbeat_s: float, retry_after_ms: int) -> Frame:
    """Return ``feed.ready``: from which cursor it begins, what became of the one the client brought, how to behave.

    ``heartbeat_s`` is how often the server pings; ``retry_after_ms`` the window over which a client that loses the
    server without a word should spread its return.
    """
    return _control(
        "feed.ready",
        {
            "cursor": str(cursor),
            "outcome": outcome.value,
            "heartbeat_s": heartbeat_s,
            "retry_after_ms": retry_after_ms,
        },
        cursor,
    )


def reset(*, cursor: Cursor) -> Frame:
    """Return the ``feed.ready`` of a live client whose history was lost and begins again at ``cursor``."""
    return _control("feed.ready", {"cursor": str(cursor), "outcome": Outcome.RESET.value}, cursor)


def gap(lost: Gap) -> Frame:
    """Return ``feed.gap``: what lay between two cursors is no longer kept."""
    return _control("feed.gap", {"from": str(lost.begin), "to": str(lost.end)})


def expiring(*, in_s: int) -> Frame:
    """Return ``feed.expiring``: the token ends in ``in_s`` seconds."""
    return _control("feed.expiring", {"in_s": in_s})


def seen(mark: Seen) -> Frame:
    """Return ``feed.seen``: where the user's one seen-mark stands and how many messages lie beyond it."""
    return _control("feed.seen", {"cursor": str(mark.cursor), "unread": mark.unread})


def drain(*, retry_after_ms: int) -> Frame:
    """Return ``feed.drain``, which announces the close that follows, and when to come back."""
    return _control("feed.drain", {"retry_after_ms": retry_after_ms})


def error(body: JsonValue) -> Frame:
    """Return ``feed.error``, which answers a message the feed didn't take with the platform's error object."""
    return _control("feed.error", body)


def _control(event: str, data: JsonValue, cursor: Cursor | None = None) -> Frame:
    return encode_frame(orjson.dumps({"event": event, "data": data}), cursor=cursor)


_LINE_END: Final = re.compile(r"\r\n|\r|\n")


HEARTBEAT_LINE: Final = b": heartbeat\n"
"""A comment, and no empty line behind it: common clients take a block without data for an event."""


def retry_line(milliseconds: int) -> bytes:
    """Return how long to wait before a reconnect, as the first line of the event that follows."""
    return b"retry: %d\n" % milliseconds


def encode_event(frame: Frame) -> bytes:
    """Return ``frame`` as one event; its cursor is the event's id, so that a browser brings it back by itself.

    ``feed.ready`` has one too: a stream that is lost before its first notification goes on from there.

    JSON has no line break outside of its escapes, but a directly published message may; each line becomes a field.
    """
    if frame is HEARTBEAT:
        return HEARTBEAT_LINE
    identifier = "" if frame.cursor is None else f"id: {frame.cursor}\n"
    fields = "".join(f"data: {line}\n" for line in _LINE_END.split(frame.text))
    return f"{identifier}{fields}\n".encode()
