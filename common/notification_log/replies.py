"""What the scripts' replies say; the head of each script defines their shape."""

from collections.abc import Sequence

from common.notification_log.cursor import Cursor
from common.notification_log.log import AppendOutcome, Entry, Gap, Lineage, Outcome, Page, Seen
from common.notification_log.published import with_id


def read_append(reply: object) -> AppendOutcome:
    """Return what ``append.lua`` said."""
    match reply:
        case [bytes(text), int(known), bytes(lineage)] if (cursor := Cursor.parse(text.decode())) is not None:
            return AppendOutcome(cursor, duplicate=known == 1, lineage=Lineage(lineage.decode()))
    raise _unreadable(reply)


def read_page(reply: object, asked: Cursor | None) -> Page:
    """Return what ``read.lua`` said to a reader who asked for what follows ``asked``, or ``latest.lua`` to None."""
    match reply:
        case [bytes(word), bytes(name), bytes(start), bytes(reached), int(more), bytes(mark), int(unread), [*flat]]:
            epoch, outcome = name.decode(), Outcome(word.decode())
            return Page(
                outcome=outcome,
                start=_cursor(epoch, start),
                entries=_entries(epoch, flat),
                cursor=_cursor(epoch, reached),
                gap=Gap(asked, _cursor(epoch, start)) if outcome is Outcome.GAP and asked is not None else None,
                more=more == 1,
                seen=Seen(_cursor(epoch, mark), unread),
            )
    raise _unreadable(reply)


def read_seen(reply: object) -> Seen:
    """Return what ``seen.lua`` said."""
    match reply:
        case [bytes(name), bytes(mark), int(unread)]:
            return Seen(_cursor(name.decode(), mark), unread)
    raise _unreadable(reply)


def read_lineage(reply: object) -> Lineage:
    """Return what ``lineage.lua`` said."""
    match reply:
        case bytes(lineage):
            return Lineage(lineage.decode())
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
