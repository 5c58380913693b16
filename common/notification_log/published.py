"""What travels on a user's channel: the log's own frames, told apart from what others publish there."""

import re
from dataclasses import dataclass
from typing import Final

from common.notification_log.log import CURSOR_PATTERN, Cursor

_LOGGED: Final = re.compile(rb',"id":"(' + CURSOR_PATTERN.encode() + rb')"\}\Z')
_SEEN: Final = re.compile(
    rb'\{"event":"feed\.seen","data":\{"cursor":"(' + CURSOR_PATTERN.encode() + rb')","unread":[0-9]+\}\}'
)
_TAIL_BYTES: Final = 80
"""More than the longest id member: 32 characters of epoch, twice 16 digits, and the punctuation."""


@dataclass(frozen=True, slots=True)
class LoggedFrame:
    """An entry of the log: replayable, ``cursor`` tells its place, ``payload`` is the frame for the client."""

    cursor: Cursor
    payload: bytes


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """The log's own ``feed.seen``: the user's seen-mark has moved."""

    cursor: Cursor
    payload: bytes


@dataclass(frozen=True, slots=True)
class DirectFrame:
    """Anything else: another service published it; unchecked, best effort, not replayable."""

    payload: bytes


def read_published(payload: bytes) -> LoggedFrame | SeenFrame | DirectFrame:
    """Tell whose a message of channel ``ws:<user>`` is, without decoding its JSON.

    The log's frames end in an ``id`` that is a cursor, at the top level: a nested one would be followed by two braces.
    """
    logged = _LOGGED.search(payload, max(0, len(payload) - _TAIL_BYTES))
    if logged is not None and (cursor := Cursor.parse(logged[1].decode())) is not None:
        return LoggedFrame(cursor, payload)
    seen = _SEEN.fullmatch(payload)
    if seen is not None and (cursor := Cursor.parse(seen[1].decode())) is not None:
        return SeenFrame(cursor, payload)
    return DirectFrame(payload)


def with_id(message: bytes, cursor: Cursor) -> bytes:
    """Return ``message``, a compact JSON object with at least one member, with the cursor as its last member ``id``."""
    return b'%b,"id":"%b"}' % (message[:-1], str(cursor).encode())
