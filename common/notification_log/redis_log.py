"""The notification log on Redis or Valkey: a stream, a small hash and two keys an event for each user."""

from collections.abc import Sequence
from importlib.resources import files
from os import urandom
from typing import Final
from uuid import UUID

from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log.keys import UserKeys, channel_of
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
from common.redis_client import (
    REDIS_FAILED,
    RedisClient,
    TranslatedFailures,
    redis_error,
    redis_failures,
)
from common.redis_script import Argument, RedisScript, ScriptCall, ScriptRunner
from common.redis_shared_connection import script_runner

_FOLDER: Final = files("common.notification_log") / "scripts"
_PRELUDE: Final = "history.lua"


def log_script(redis: RedisClient, name: str, *, runner: ScriptRunner | None = None) -> RedisScript:
    """Return one script of this package's ``scripts`` folder, with the prelude they share; see RedisScript."""
    text = "\n".join((_FOLDER / part).read_text(encoding="utf-8") for part in (_PRELUDE, name))
    return RedisScript(redis, text, runner=runner)


class PageReads:
    """How a page of a user's stream is read: for a trip that does more than that.

    Args:
        redis: whose scripts they are.
        runner: runs them.
        retention: how long what is kept.
    """

    def __init__(self, redis: RedisClient, runner: ScriptRunner, retention: Retention | None = None) -> None:
        self.script = log_script(redis, "read.lua", runner=runner)
        self._state_age_s = _state_age_s(Retention() if retention is None else retention)

    def call(self, user_id: UserId, cursor: Cursor | None, *, limit: int) -> ScriptCall:
        """Return the call whose reply :func:`read_page` reads; see :meth:`NotificationLog.read_after`."""
        _require_room(limit)
        keys = UserKeys.of(user_id)
        after = ("", "0-0") if cursor is None else (cursor.epoch, cursor.stream_id)
        return (keys.state, keys.stream), (*_fresh(self._state_age_s), *after, limit, PAGE_BYTES)


def read_append(reply: object) -> AppendOutcome:
    """Return what ``append.lua`` said."""
    match reply:
        case [bytes(text), int(known), bytes(replication_id)] if (cursor := Cursor.parse(text.decode())) is not None:
            return AppendOutcome(cursor, duplicate=known == 1, replication_id=ReplicationId(replication_id.decode()))
    raise _unreadable(reply)


def read_page(reply: object, asked: Cursor | None) -> Page:
    """Return what ``read.lua`` said to a reader who asked for what follows ``asked``, or ``latest.lua`` to None."""
    match reply:
        case [bytes(word), bytes(name), bytes(start), bytes(reached), int(more), bytes(mark), int(unread), [*flat]]:
            epoch, outcome = name.decode(), Outcome(word.decode())
            follow = _cursor(epoch, start)
            return Page(
                outcome=outcome,
                start=follow,
                entries=_entries(epoch, flat),
                cursor=follow if reached == start else _cursor(epoch, reached),
                gap=Gap(asked, follow) if outcome is Outcome.GAP and asked is not None else None,
                more=more == 1,
                seen=Seen(follow if mark == start else _cursor(epoch, mark), unread),
            )
    raise _unreadable(reply)


def read_seen(reply: object) -> Seen:
    """Return what ``seen.lua`` said."""
    match reply:
        case [bytes(name), bytes(mark), int(unread)]:
            return Seen(_cursor(name.decode(), mark), unread)
    raise _unreadable(reply)


def read_replication_id(reply: object) -> ReplicationId:
    """Return what ``replication_id.lua`` said."""
    match reply:
        case bytes(replication_id):
            return ReplicationId(replication_id.decode())
    raise _unreadable(reply)


def _entries(epoch: str, flat: Sequence[object]) -> Sequence[Entry]:
    entries = []
    for stream_id, message in zip(flat[::2], flat[1::2], strict=True):
        if not (isinstance(stream_id, bytes) and isinstance(message, bytes)):
            raise _unreadable(flat)
        cursor = _cursor(epoch, stream_id)
        entries.append(Entry(cursor, with_id(message, cursor)))
    return entries


def _cursor(epoch: str, stream_id: bytes) -> Cursor:
    ms, _, seq = stream_id.partition(b"-")
    return Cursor(epoch, int(ms), int(seq))


def _unreadable(reply: object) -> TypeError:
    return TypeError(f"a script of the notification log answered {reply!r:.200}")


DEFAULT_DEADLINE_S: Final = 2.0
_EPOCH_BYTES: Final = 8
_APPENDING: Final = "append_notification"


class RedisNotificationLog:
    """Implements :class:`common.notification_log.NotificationLog`.

    Each method is one script, so a reader never sees half an append. Nothing is retried here. Works on a standalone
    server, a Sentinel's master and a Cluster.

    Args:
        redis: a client that returns bytes and does not retry by itself.
        service: whose failures these are, for the error body.
        channel_prefix: ``ws`` of the platform's channel ``ws:<user>``.
        retention: how long what is kept.
        deadline_s: how long one call may take, in seconds.
    """

    def __init__(
        self,
        redis: RedisClient,
        *,
        service: str,
        channel_prefix: str = "ws",
        retention: Retention | None = None,
        deadline_s: float = DEFAULT_DEADLINE_S,
    ) -> None:
        kept = Retention() if retention is None else retention
        self._service = service
        self._channel_prefix = channel_prefix
        self._deadline_s = deadline_s
        self._state_age_s = _state_age_s(kept)
        self._stream_bounds = (
            kept.entries,
            kept.stream_bytes,
            int(kept.entry_age.total_seconds() * 1000),
        )
        self._reading = TranslatedFailures(service=service, operation="read_notifications")
        runner = script_runner(redis, answer_within_s=deadline_s)
        self._append = log_script(redis, "append.lua")
        self._reads = PageReads(redis, runner, kept)
        self._latest = log_script(redis, "latest.lua", runner=runner)
        self._mark_seen = log_script(redis, "seen.lua", runner=runner)
        self._replication_id = log_script(redis, "replication_id.lua", runner=runner)

    async def append(
        self, user_id: UserId, *, event_id: UUID, message: bytes, fingerprint: str | None = None
    ) -> AppendOutcome:
        """See :meth:`NotificationLog.append`."""
        keys, args = self._append_call(
            NewEntry(user_id=user_id, event_id=event_id, message=message, fingerprint=fingerprint)
        )
        async with redis_failures(service=self._service, operation=_APPENDING, deadline_s=self._deadline_s):
            reply = await self._append.run(keys=keys, args=args)
        return read_append(reply)

    async def append_each(self, entries: Sequence[NewEntry]) -> Sequence[AppendOutcome | HuleEduError]:
        """See :meth:`NotificationLog.append_each`."""
        calls = [self._append_call(entry) for entry in entries]
        try:
            async with redis_failures(service=self._service, operation=_APPENDING, deadline_s=self._deadline_s):
                replies = await self._append.run_each(calls)
        except HuleEduError as failure:
            return [failure] * len(entries)
        return [
            redis_error(reply, service=self._service, operation=_APPENDING)
            if isinstance(reply, REDIS_FAILED)
            else read_append(reply)
            for reply in replies
        ]

    def _append_call(self, entry: NewEntry) -> ScriptCall:
        message, user_id = entry.message, entry.user_id
        if not (message.startswith(b'{"') and message.endswith(b"}")):
            shapeless = "a message is a compact JSON object with at least one member"
            raise ValueError(shapeless)
        keys = UserKeys.of(user_id)
        known_by = [keys.event(entry.event_id)]
        if entry.fingerprint is not None:
            known_by.append(keys.fingerprint(entry.fingerprint))
        return (
            (keys.state, keys.stream, *known_by),
            (*_fresh(self._state_age_s), self._channel(user_id), message, *self._stream_bounds),
        )

    async def replication_id(self, user_id: UserId) -> ReplicationId:
        """See :meth:`NotificationLog.replication_id`."""
        with TranslatedFailures(service=self._service, operation="ask_lineage"):
            reply = await self._replication_id.run(keys=(UserKeys.of(user_id).state,), args=())
        return read_replication_id(reply)

    async def read_after(self, user_id: UserId, cursor: Cursor | None, *, limit: int = PAGE_LIMIT) -> Page:
        """See :meth:`NotificationLog.read_after`."""
        keys, args = self._reads.call(user_id, cursor, limit=limit)
        with self._reading:
            reply = await self._reads.script.run(keys=keys, args=args)
        return read_page(reply, cursor)

    async def read_latest(self, user_id: UserId, *, limit: int = PAGE_LIMIT) -> Page:
        """See :meth:`NotificationLog.read_latest`."""
        _require_room(limit)
        keys = UserKeys.of(user_id)
        with TranslatedFailures(service=self._service, operation="read_latest_notifications"):
            reply = await self._latest.run(
                keys=(keys.state, keys.stream), args=(*_fresh(self._state_age_s), limit, PAGE_BYTES)
            )
        return read_page(reply, None)

    async def mark_seen(self, user_id: UserId, cursor: Cursor) -> Seen:
        """See :meth:`NotificationLog.mark_seen`."""
        keys = UserKeys.of(user_id)
        with TranslatedFailures(service=self._service, operation="mark_notifications_seen"):
            reply = await self._mark_seen.run(
                keys=(keys.state, keys.stream),
                args=(*_fresh(self._state_age_s), self._channel(user_id), cursor.epoch, cursor.stream_id),
            )
        return read_seen(reply)

    def _channel(self, user_id: UserId) -> bytes:
        return channel_of(user_id, prefix=self._channel_prefix).encode("utf-8", "surrogatepass")


def _fresh(state_age_s: int) -> tuple[Argument, Argument]:
    """Return the name of the history that begins where none is kept, and how long it is."""
    return urandom(_EPOCH_BYTES).hex(), state_age_s


def _state_age_s(retention: Retention) -> int:
    return int(retention.state_age.total_seconds())


def _require_room(limit: int) -> None:
    if limit < 1:
        empty = "a page has room for at least one entry"
        raise ValueError(empty)
