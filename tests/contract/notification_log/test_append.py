"""What every notification log promises about appending."""

from itertools import pairwise
from uuid import uuid4

import orjson
import pytest

from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log import UNKNOWN_CURSOR, AppendOutcome, Cursor, Gap, NewEntry
from tests.support.notification_logs import KEPT, KEPT_BYTES, LARGE_BYTES, LogWorld, new_user, position, unread
from tests.support.writing import MESSAGE, append_many, numbered_message, payloads

AWKWARD_USERS = ["{u1}", "}{", "{}", "åsa läraren", "a:b ws:c", "\N{SNOWMAN}\x00\n", "\ud800"]


async def test_what_was_appended_is_read_back_in_order(world: LogWorld) -> None:
    """Entries come in the order they were appended, each with the cursor its append returned."""
    user = new_user()
    start = await position(world.log, user)

    cursors = await append_many(world.log, user, count=3)

    page = await world.log.read_after(user, start)
    assert [entry.cursor for entry in page.entries] == cursors
    assert payloads(page) == [0, 1, 2]


async def test_stream_ids_rise(world: LogWorld) -> None:
    """Each append's id is above the one before, also within a millisecond."""
    cursors = await append_many(world.log, new_user(), count=KEPT)

    places = [(cursor.ms, cursor.seq) for cursor in cursors]
    assert all(earlier < later for earlier, later in pairwise(places))
    assert len({cursor.epoch for cursor in cursors}) == 1


async def test_an_event_is_appended_once(world: LogWorld) -> None:
    """A second append of an event id changes nothing and returns the first one's cursor, whatever its message."""
    user, event_id = new_user(), uuid4()
    start = await position(world.log, user)
    first = await world.log.append(user, event_id=event_id, message=MESSAGE)

    second = await world.log.append(user, event_id=event_id, message=b'{"event":"other","data":{}}')

    assert not first.duplicate
    assert second.duplicate
    assert second.cursor == first.cursor
    assert len((await world.log.read_after(user, start)).entries) == 1


async def test_an_event_is_known_after_its_entry_is_gone(world: LogWorld) -> None:
    """Deduplication outlives the stream: a record delivered again much later is not told again."""
    user, event_id = new_user(), uuid4()
    await world.log.append(user, event_id=event_id, message=MESSAGE)
    await world.expire_entries(user)

    again = await world.log.append(user, event_id=event_id, message=MESSAGE)

    assert again.duplicate


async def test_what_was_told_under_another_event_id_is_not_told_again(world: LogWorld) -> None:
    """An outbox that relays a row twice makes a new event id; the fingerprint of what it tells is the same."""
    user = new_user()
    start = await position(world.log, user)

    async with world.listening(user) as hear:
        first = await world.log.append(user, event_id=uuid4(), message=MESSAGE, fingerprint="row")
        again = await world.log.append(user, event_id=uuid4(), message=MESSAGE, fingerprint="row")
        other = await world.log.append(user, event_id=uuid4(), message=MESSAGE, fingerprint="another row")
        heard = await hear(2)

    assert (first.duplicate, again.duplicate, other.duplicate) == (False, True, False)
    assert again.cursor == first.cursor
    assert len(heard) == len((await world.log.read_after(user, start)).entries) == 2


async def test_an_event_stays_known_by_its_id_whatever_it_tells(world: LogWorld) -> None:
    """The same event id with another fingerprint is the same event."""
    user, event_id = new_user(), uuid4()
    await world.log.append(user, event_id=event_id, message=MESSAGE, fingerprint="one")

    again = await world.log.append(user, event_id=event_id, message=MESSAGE, fingerprint="other")

    assert again.duplicate


async def test_fingerprints_are_known_per_user(world: LogWorld) -> None:
    """What one user was told doesn't keep it from another."""
    await world.log.append(new_user(), event_id=uuid4(), message=MESSAGE, fingerprint="row")

    other = await world.log.append(new_user(), event_id=uuid4(), message=MESSAGE, fingerprint="row")

    assert not other.duplicate


async def test_a_user_keeps_so_many_bytes(world: LogWorld) -> None:
    """The oldest go when the messages are too heavy together, far fewer than are kept by count, and a gap says so."""
    user = new_user()
    cursors = await append_many(world.log, user, count=KEPT_BYTES // LARGE_BYTES + 2, size=LARGE_BYTES)

    page = await world.log.read_after(user, Cursor(cursors[0].epoch, 0, 0))

    assert page.gap == Gap(Cursor(cursors[0].epoch, 0, 0), cursors[1])
    assert page.entries[0].cursor == cursors[2]
    assert await unread(world.log, user) == KEPT_BYTES // LARGE_BYTES


async def test_the_newest_stays_whatever_it_weighs(world: LogWorld) -> None:
    """One message over the bound pushes all others out and is kept; what follows pushes it out."""
    user = new_user()
    [first] = await append_many(world.log, user, count=1)
    [heavy] = await append_many(world.log, user, count=1, first=1, size=KEPT_BYTES + 1)
    alone = await world.log.read_after(user, UNKNOWN_CURSOR)

    [after] = await append_many(world.log, user, count=1, first=2)
    page = await world.log.read_after(user, first)

    assert [entry.cursor for entry in alone.entries] == [heavy]
    assert page.gap == Gap(first, heavy)
    assert [entry.cursor for entry in page.entries] == [after]


async def test_one_event_may_concern_two_users(world: LogWorld) -> None:
    """Event ids are known per user."""
    event_id = uuid4()
    await world.log.append(new_user(), event_id=event_id, message=MESSAGE)

    other = await world.log.append(new_user(), event_id=event_id, message=MESSAGE)

    assert not other.duplicate


async def test_the_published_frame_is_the_logged_one(world: LogWorld) -> None:
    """Live sockets hear, once, byte for byte what a reader gets later: the message as it was, with the cursor as id."""
    user = new_user()
    start = await position(world.log, user)
    message = '{"event":"x","data":{"title":"Å \\u00e5 \\" }","n":1.0}}'.encode()

    async with world.listening(user) as hear:
        outcome = await world.log.append(user, event_id=uuid4(), message=message)
        heard = await hear(1)

    assert heard == [message[:-1] + f',"id":"{outcome.cursor}"}}'.encode()]
    assert [entry.payload for entry in (await world.log.read_after(user, start)).entries] == heard
    assert orjson.loads(heard[0])["id"] == str(outcome.cursor)


async def test_a_duplicate_is_not_published(world: LogWorld) -> None:
    """Of two appends of one event and one of another, two messages are heard."""
    user, event_id = new_user(), uuid4()

    async with world.listening(user) as hear:
        await world.log.append(user, event_id=event_id, message=MESSAGE)
        await world.log.append(user, event_id=event_id, message=MESSAGE)
        await world.log.append(user, event_id=uuid4(), message=MESSAGE)
        heard = await hear(2)

    assert len(heard) == 2


@pytest.mark.parametrize("name", AWKWARD_USERS)
async def test_any_user_id_has_a_log_of_its_own(world: LogWorld, name: str) -> None:
    """Braces, spaces, colons, control characters and non-ASCII keep a user's keys together and apart from others'."""
    user = UserId(f"{name}{new_user()}")
    start = await position(world.log, user)

    async with world.listening(user) as hear:
        cursors = await append_many(world.log, user, count=2)
        heard = await hear(2)

    page = await world.log.read_after(user, start)
    assert [entry.cursor for entry in page.entries] == cursors
    assert [entry.payload for entry in page.entries] == heard


async def test_a_cursor_survives_its_text(world: LogWorld) -> None:
    """The text a client keeps leads back to the same place."""
    user = new_user()
    [cursor] = await append_many(world.log, user, count=1)

    assert Cursor.parse(str(cursor)) == cursor


async def test_entries_of_one_trip_are_appended_each_by_itself(world: LogWorld) -> None:
    """The outcomes come in the entries' order; an event that was logged is a duplicate there too."""
    users = [UserId(f"{new_user()}{name}") for name in ("", *AWKWARD_USERS)]
    starts = [await position(world.log, user) for user in users]
    entries = [
        NewEntry(user_id=user, event_id=uuid4(), message=numbered_message(number), fingerprint=str(number))
        for number, user in enumerate(users)
    ]

    first = await world.log.append_each(entries)
    again = await world.log.append_each(entries[::-1])

    pages = [await world.log.read_after(user, start) for user, start in zip(users, starts, strict=True)]
    assert [payloads(page) for page in pages] == [[number] for number in range(len(users))]
    assert [outcome(one) for one in first] == [(page.cursor, False) for page in pages]
    assert [outcome(one) for one in again] == [(page.cursor, True) for page in pages[::-1]]


async def test_a_trip_without_entries_is_none(world: LogWorld) -> None:
    """Nothing is appended, and nothing fails."""
    assert list(await world.log.append_each([])) == []


def outcome(appended: AppendOutcome | HuleEduError) -> tuple[Cursor, bool]:
    """Return where an entry went and whether it was known; raises the failure of one that could not be appended."""
    if isinstance(appended, HuleEduError):
        raise appended
    return appended.cursor, appended.duplicate
