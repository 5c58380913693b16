"""A notification log in memory, which can forget, fail and be listened to."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from common.clock import Clock
from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log.log import (
    PAGE_BYTES,
    PAGE_LIMIT,
    AppendOutcome,
    Cursor,
    Entry,
    Gap,
    NewEntry,
    Outcome,
    Page,
    ReplicationId,
    Retention,
    Seen,
    with_id,
)
from tests.fakes.clock import FakeClock
from websocket_service.protocol import server_frames

StreamId = tuple[int, int]
NOWHERE: StreamId = (0, 0)


@dataclass(frozen=True, slots=True)
class _Kept:
    stream_id: StreamId
    ordinal: int
    message: bytes


@dataclass(slots=True)
class _History:
    epoch: str = field(default_factory=lambda: uuid4().hex[:16])
    floor: StreamId = NOWHERE
    last: StreamId = NOWHERE
    count: int = 0
    seen: StreamId = NOWHERE
    seen_count: int = 0
    entries: list[_Kept] = field(default_factory=list)
    known: dict[UUID | str, tuple[Cursor, float]] = field(default_factory=dict)

    def cursor(self, stream_id: StreamId) -> Cursor:
        return Cursor(self.epoch, *stream_id)

    def forget(self, entries: Sequence[_Kept]) -> None:
        if entries:
            self.floor = entries[-1].stream_id
            self.entries = self.entries[len(entries) :]

    def unread(self) -> int:
        return max(0, min(self.count - self.seen_count, len(self.entries)))


class FakeNotificationLog:
    """Implements :class:`common.notification_log.NotificationLog`; proven by the contract suite.

    ``published`` lists what went to the users' channels, oldest first; ``on_publish`` is called with each.
    Set ``failure`` to make every call raise it, ``server`` to make another server answer.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        retention: Retention | None = None,
        on_publish: Callable[[UserId, bytes], None] | None = None,
    ) -> None:
        self.published: list[tuple[UserId, bytes]] = []
        self.failure: HuleEduError | None = None
        self.server = ReplicationId("first")
        self._on_publish = on_publish
        self._clock = FakeClock() if clock is None else clock
        self._retention = Retention() if retention is None else retention
        self._histories: dict[UserId, _History] = {}

    async def append(
        self, user_id: UserId, *, event_id: UUID, message: bytes, fingerprint: str | None = None
    ) -> AppendOutcome:
        """Log and publish ``message`` unless ``event_id`` or ``fingerprint`` was logged."""
        history = self._history(user_id)
        names: tuple[UUID | str, ...] = (event_id,) if fingerprint is None else (event_id, fingerprint)
        for cursor, known_until_ms in [history.known[name] for name in names if name in history.known]:
            if self._now_ms() < known_until_ms:
                return AppendOutcome(cursor, duplicate=True, replication_id=self.server)
        stream_id = self._next_id(history)
        history.last, history.count = stream_id, history.count + 1
        history.entries.append(_Kept(stream_id, history.count, message))
        history.forget(history.entries[: max(0, len(history.entries) - self._retention.entries)])
        while len(history.entries) > 1 and _bytes(history.entries) > self._retention.stream_bytes:
            history.forget(history.entries[:1])
        age_ms = self._retention.entry_age // timedelta(milliseconds=1)
        history.forget([kept for kept in history.entries if kept.stream_id[0] < self._now_ms() - age_ms])
        cursor = history.cursor(stream_id)
        history.known |= dict.fromkeys(names, (cursor, self._now_ms() + age_ms))
        self._publish(user_id, with_id(message, cursor))
        return AppendOutcome(cursor, duplicate=False, replication_id=self.server)

    async def append_each(self, entries: Sequence[NewEntry]) -> Sequence[AppendOutcome | HuleEduError]:
        """Append each by itself."""
        outcomes: list[AppendOutcome | HuleEduError] = []
        for entry in entries:
            try:
                outcome = await self.append(
                    entry.user_id, event_id=entry.event_id, message=entry.message, fingerprint=entry.fingerprint
                )
            except HuleEduError as failure:
                outcomes.append(failure)
            else:
                outcomes.append(outcome)
        return outcomes

    async def replication_id(self, user_id: UserId) -> ReplicationId:
        """Return ``server``."""
        self._history(user_id)
        return self.server

    async def read_after(self, user_id: UserId, cursor: Cursor | None, *, limit: int = PAGE_LIMIT) -> Page:
        """Return what follows ``cursor``."""
        _require_room(limit)
        history = self._history(user_id)
        outcome, start = _judge(history, cursor)
        following = [kept for kept in history.entries if kept.stream_id > start]
        entries = [_entry(history, kept) for kept in _fitting(following[:limit])]
        return Page(
            outcome=outcome,
            start=history.cursor(start),
            entries=entries,
            cursor=entries[-1].cursor if entries else history.cursor(start),
            gap=Gap(cursor, history.cursor(start)) if outcome is Outcome.GAP and cursor is not None else None,
            more=len(following) > len(entries),
            seen=Seen(history.cursor(history.seen), history.unread()),
        )

    async def read_latest(self, user_id: UserId, *, limit: int = PAGE_LIMIT) -> Page:
        """Return the newest entries and the end of the log."""
        _require_room(limit)
        history = self._history(user_id)
        newest = _fitting(history.entries[::-1][:limit])[::-1]
        earlier = history.entries[: len(history.entries) - len(newest)]
        return Page(
            outcome=Outcome.LIVE,
            start=history.cursor(earlier[-1].stream_id if earlier else history.floor),
            entries=[_entry(history, kept) for kept in newest],
            cursor=history.cursor(history.last),
            gap=None,
            more=False,
            seen=Seen(history.cursor(history.seen), history.unread()),
        )

    async def mark_seen(self, user_id: UserId, cursor: Cursor) -> Seen:
        """Move the seen-mark forward and publish it when it moved."""
        history = self._history(user_id)
        mark = min((cursor.ms, cursor.seq), history.last)
        moved = cursor.epoch == history.epoch and mark > history.seen
        if moved:
            reached = [kept.ordinal for kept in history.entries if kept.stream_id <= mark]
            history.seen = mark
            history.seen_count = reached[-1] if reached else history.count - len(history.entries)
        seen = Seen(history.cursor(history.seen), history.unread())
        if moved:
            self._publish(user_id, server_frames.seen(seen).text.encode())
        return seen

    def expire_entries(self, user_id: UserId) -> None:
        """Lose the user's entries, as a stream does that outlived its age."""
        history = self._history(user_id)
        history.forget(history.entries)

    def wipe(self, user_id: UserId) -> None:
        """Lose all that is known of the user, as a flushed server does."""
        self._histories.pop(user_id, None)

    def snapshot(self, user_id: UserId) -> Callable[[], None]:
        """Return a function that brings back what is known of the user now, as a server does that lost its tail."""
        remembered = deepcopy(self._history(user_id))

        def restore() -> None:
            self._histories[user_id] = deepcopy(remembered)

        return restore

    def _history(self, user_id: UserId) -> _History:
        if self.failure is not None:
            raise self.failure
        return self._histories.setdefault(user_id, _History())

    def _next_id(self, history: _History) -> StreamId:
        last_ms, _ = history.last
        return max(self._now_ms(), last_ms), history.count + 1

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _publish(self, user_id: UserId, payload: bytes) -> None:
        self.published.append((user_id, payload))
        if self._on_publish is not None:
            self._on_publish(user_id, payload)


def _bytes(entries: Sequence[_Kept]) -> int:
    return sum(len(kept.message) for kept in entries)


def _fitting(entries: Sequence[_Kept]) -> Sequence[_Kept]:
    """Return as many of the first entries as a page has bytes for, at least one where there is one."""
    count = len(entries)
    while count > 1 and _bytes(entries[:count]) > PAGE_BYTES:
        count -= 1
    return entries[:count]


def _require_room(limit: int) -> None:
    if limit < 1:
        empty = "a page has room for at least one entry"
        raise ValueError(empty)


def _judge(history: _History, cursor: Cursor | None) -> tuple[Outcome, StreamId]:
    if cursor is None:
        return Outcome.LIVE, history.last
    place = (cursor.ms, cursor.seq)
    if cursor.epoch != history.epoch:
        return Outcome.RESET, history.floor
    if place > history.last:
        return Outcome.RESET, history.last
    if place < history.floor:
        return Outcome.GAP, history.floor
    return Outcome.RESUMED, place


def _entry(history: _History, kept: _Kept) -> Entry:
    cursor = history.cursor(kept.stream_id)
    return Entry(cursor, with_id(kept.message, cursor))
