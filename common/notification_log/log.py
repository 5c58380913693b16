"""What a notification log promises, whichever store keeps it; cursors into it, and what a user's channel carries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, NewType, Protocol, Self
from uuid import UUID

from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId

LARGEST_PART: Final = 2**53 - 1
"""The largest ms or seq a cursor may hold: the script on the server counts in doubles."""

CURSOR_PATTERN: Final = r"([0-9A-Za-z_-]{1,32}):(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})"
"""What a cursor looks like as text; ASCII only, one spelling for one cursor."""

_TEXT: Final = re.compile(CURSOR_PATTERN)

PAGE_LIMIT: Final = 100
"""How many entries one read returns at most, unless told otherwise."""

PAGE_BYTES: Final = 1024 * 1024
"""How many bytes of messages one read returns at most, unless its first entry alone has more."""

ReplicationId = NewType("ReplicationId", str)
"""Names the line of writes a server continues. Another name means a restart or a failover.

A store that answers before its replicas or its disk have a write may then have lost the last ones; a consumer that
still has those events appends them again.
"""

_LOGGED: Final = re.compile(rb',"id":"' + CURSOR_PATTERN.encode() + rb'"\}\Z')
_SEEN: Final = re.compile(
    rb'\{"event":"feed\.seen","data":\{"cursor":"' + CURSOR_PATTERN.encode() + rb'","unread":[0-9]+\}\}'
)
_TAIL_BYTES: Final = 80
"""More than the longest id member: 32 characters of epoch, twice 16 digits, and the punctuation."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry that a client has: which history it belongs to (``epoch``) and the stream id within it.

    Its text, ``<epoch>:<ms>-<seq>``, is opaque to clients. ``seq`` is the entry's ordinal in the history (entries of a
    build before 0.1.0 have others). Two cursors can be compared only within one epoch,
    and only Redis knows the current one, so this type has no order.
    """

    epoch: str
    ms: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the cursor that ``text`` spells, or None for anything no log could have given out."""
        match = _TEXT.fullmatch(text)
        return None if match is None else cls.of_parts(*match.groups())

    @classmethod
    def of_parts(cls, epoch: str, ms: str | bytes, seq: str | bytes) -> Self | None:
        """Return the cursor of these parts of its text, None when one is larger than a log could have given out."""
        cursor = cls(epoch, int(ms), int(seq))
        return cursor if cursor.ms <= LARGEST_PART and cursor.seq <= LARGEST_PART else None

    @property
    def stream_id(self) -> str:
        """The entry's id in the user's stream, ``<ms>-<seq>``."""
        return f"{self.ms}-{self.seq}"

    def __str__(self) -> str:
        return f"{self.epoch}:{self.stream_id}"


UNKNOWN_CURSOR: Final = Cursor("unknown", 0, 0)
"""Stands for a cursor that could not be parsed: no history has this epoch, so reading after it is a reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept of each user; the defaults are the feed's contract.

    ``entries``, ``stream_bytes`` (of messages) and ``entry_age`` bound the stream, whichever is reached first; the
    newest entry stays whatever it weighs. An event, and its fingerprint, is known as logged for ``entry_age`` too.
    ``state_age`` is how long epoch, floor and seen-mark outlive the user's last append or read.
    """

    entries: int = 500
    stream_bytes: int = 4 * 1024 * 1024
    """Sixteen of the largest notifications, or fifty of the longest the platform is known to send (78 KB)."""

    entry_age: timedelta = timedelta(hours=24)
    state_age: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One notification as it was logged.

    ``payload`` is the whole frame, ``{"event":…,"data":…,"id":"<cursor>"}`` as UTF-8 JSON: byte for byte what was
    published to the live sockets, so nobody has to encode it again.
    """

    cursor: Cursor
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A message to be logged once for ``user_id`` and published to the user's live sockets.

    ``message`` is a compact JSON object ``{"event":…,"data":…}``. An event whose ``fingerprint`` was logged is the same
    one under another id; None is known by its id only.
    """

    user_id: UserId
    event_id: UUID
    message: bytes
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class AppendOutcome:
    """Where an event stands in the log; ``duplicate`` when an earlier call had put it there."""

    cursor: Cursor
    duplicate: bool
    replication_id: ReplicationId


class Outcome(StrEnum):
    """How truthfully a reader could be continued; the words of the feed's ``feed.ready`` frame."""

    LIVE = "live"
    """No cursor was given: the reader goes on from the end."""

    RESUMED = "resumed"
    """Everything after the cursor is still kept: nothing is missing."""

    GAP = "gap"
    """What followed the cursor was trimmed or expired; the entries begin after the gap."""

    RESET = "reset"
    """The cursor is of another history, or of a part the server has lost: the reader must forget what it has.

    After another epoch everything kept of this one follows; after a cursor beyond the last entry, nothing does.
    """


@dataclass(frozen=True, slots=True)
class Gap:
    """What is lost to a reader: everything after ``begin`` up to and including ``end``."""

    begin: Cursor
    end: Cursor


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the user has seen (on any device) and how many of the entries still kept are unread."""

    cursor: Cursor
    unread: int


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a :class:`NotificationLog`'s read; ``gap`` is set exactly when ``outcome`` is GAP.

    ``start`` is the place the entries follow, from which the same ones can be read again. ``cursor`` is where to read
    on: the last entry's, or ``start`` when there is none. ``more`` says that entries were left for the next page.
    """

    outcome: Outcome
    start: Cursor
    entries: Sequence[Entry]
    cursor: Cursor
    gap: Gap | None
    more: bool
    seen: Seen


class NotificationLog(Protocol):
    """Every user's notifications, in order, each once; kept 500 entries, 4 MB and 24 hours a user.

    Every method answers within the store's deadline or raises HuleEduError: CONNECTION_ERROR when the store can't be
    asked now, EXTERNAL_SERVICE_ERROR when it refuses. ``user_id`` may hold any characters but is never empty.
    """

    async def append(
        self, user_id: UserId, *, event_id: UUID, message: bytes, fingerprint: str | None = None
    ) -> AppendOutcome:
        """Log ``message`` once per ``event_id`` and publish it, with its id, to the user's live sockets.

        The arguments are those of :class:`NewEntry`. Event ids and fingerprints are remembered for 24 hours. Logging
        and publishing happen together or not at all; a repeated call changes and publishes nothing and returns the
        first call's cursor, so it may be retried by hand.
        """
        ...

    async def append_each(self, entries: Sequence[NewEntry]) -> Sequence[AppendOutcome | HuleEduError]:
        """Append each of ``entries`` by itself, in one trip; return for each what ``append`` would return or raise.

        They are of different users: after a failure, entries of one user could be in another order than here.
        """
        ...

    async def replication_id(self, user_id: UserId) -> ReplicationId:
        """Return the replication id of the server that keeps the user's log now."""
        ...

    async def read_after(self, user_id: UserId, cursor: Cursor | None, *, limit: int = PAGE_LIMIT) -> Page:
        """Return up to ``limit`` (at least 1) entries that follow ``cursor``, oldest first; None means the end.

        A page has at most :data:`PAGE_BYTES` too; ``more`` tells whether it was cut.
        Pass :data:`UNKNOWN_CURSOR` for a cursor that could not be parsed.
        """
        ...

    async def read_latest(self, user_id: UserId, *, limit: int = PAGE_LIMIT) -> Page:
        """Return the newest entries, up to ``limit`` (at least 1) and oldest first, with the end of the log as cursor.

        They have at most :data:`PAGE_BYTES`. The outcome is LIVE. Entries, cursor and seen-mark are of one moment, so
        reading on after the cursor leaves no hole and repeats nothing.
        """
        ...

    async def mark_seen(self, user_id: UserId, cursor: Cursor) -> Seen:
        """Move the seen-mark to ``cursor``, never back, and tell every open socket of the user when it moved.

        A cursor of another epoch moves nothing; one beyond the last entry means all there is.
        """
        ...


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
    if logged is not None and (cursor := _cursor(logged)) is not None:
        return LoggedFrame(cursor, payload)
    seen = _SEEN.fullmatch(payload)
    if seen is not None and (cursor := _cursor(seen)) is not None:
        return SeenFrame(cursor, payload)
    return DirectFrame(payload)


def _cursor(found: re.Match[bytes]) -> Cursor | None:
    epoch, ms, seq = found.groups()
    return Cursor.of_parts(epoch.decode(), ms, seq)


def with_id(message: bytes, cursor: Cursor) -> bytes:
    """Return ``message``, a compact JSON object with at least one member, with the cursor as its last member ``id``."""
    return b'%b,"id":"%b"}' % (message[:-1], str(cursor).encode())
