"""What every notification log promises a reader who comes for the first time."""

import asyncio

import pytest

from common.notification_log import Outcome, Seen
from tests.support.notification_logs import KEPT, LARGE_BYTES, LogWorld, new_user
from tests.support.writing import append_many, payloads


async def test_of_a_new_user_there_is_nothing_but_a_place_to_begin(world: LogWorld) -> None:
    """An empty log has an end too, and whoever reads on from it misses nothing."""
    user = new_user()

    page = await world.log.read_latest(user)
    await append_many(world.log, user, count=2)

    assert (page.outcome, page.entries, page.seen.unread) == (Outcome.LIVE, [], 0)
    assert payloads(await world.log.read_after(user, page.cursor)) == [0, 1]


async def test_the_newest_entries_come_oldest_first(world: LogWorld) -> None:
    """Of more than fit the oldest are left out, and the order is that of the log."""
    user = new_user()
    cursors = await append_many(world.log, user, count=4)

    page = await world.log.read_latest(user, limit=3)

    assert payloads(page) == [1, 2, 3]
    assert [entry.cursor for entry in page.entries] == cursors[1:]
    assert (page.outcome, page.gap, page.more) == (Outcome.LIVE, None, False)


async def test_the_newest_entries_have_so_many_bytes(world: LogWorld) -> None:
    """Of heavy entries fewer fit; those left out are older, and reading on from the start gives the same."""
    user = new_user()
    cursors = await append_many(world.log, user, count=3, size=LARGE_BYTES)

    page = await world.log.read_latest(user)
    again = await world.log.read_after(user, page.start)

    assert (page.start, page.cursor, payloads(page)) == (cursors[1], cursors[2], [2])
    assert again.entries == page.entries


async def test_the_newest_entries_are_those_that_were_published(world: LogWorld) -> None:
    """A payload is the frame the live sockets got, byte for byte."""
    user = new_user()
    async with world.listening(user) as hear:
        await append_many(world.log, user, count=2)
        heard = await hear(2)

    page = await world.log.read_latest(user)

    assert [entry.payload for entry in page.entries] == heard


async def test_the_cursor_is_the_end(world: LogWorld) -> None:
    """What is appended next follows the cursor: no hole, no repeat."""
    user = new_user()
    cursors = await append_many(world.log, user, count=3)

    page = await world.log.read_latest(user, limit=1)
    await append_many(world.log, user, count=1, first=3)

    assert page.cursor == cursors[-1]
    assert payloads(await world.log.read_after(user, page.cursor)) == [3]


@pytest.mark.parametrize("limit", [1, KEPT, KEPT + 1])
async def test_the_newest_entries_follow_their_start(world: LogWorld, limit: int) -> None:
    """Reading on from the start gives the same entries, whether older ones were left out or trimmed."""
    user = new_user()
    await append_many(world.log, user, count=KEPT + 2)

    page = await world.log.read_latest(user, limit=limit)
    again = await world.log.read_after(user, page.start)

    assert (again.outcome, again.entries) == (Outcome.RESUMED, page.entries)


async def test_entries_and_cursor_are_of_one_moment(world: LogWorld) -> None:
    """While others append, the cursor is still that of the last entry told."""
    user = new_user()
    await append_many(world.log, user, count=1)

    pages, _ = await asyncio.gather(
        asyncio.gather(*(world.log.read_latest(user) for _ in range(40))),
        append_many(world.log, user, count=40, first=1),
    )

    assert [page.entries[-1].cursor for page in pages] == [page.cursor for page in pages]


async def test_what_is_unread_comes_with_it(world: LogWorld) -> None:
    """The count is of the whole log, entries that don't fit included."""
    user = new_user()
    cursors = await append_many(world.log, user, count=4)
    await world.log.mark_seen(user, cursors[0])

    page = await world.log.read_latest(user, limit=2)

    assert page.seen == Seen(cursors[0], 3)


async def test_only_what_is_kept_is_told(world: LogWorld) -> None:
    """Trimmed entries are gone."""
    user = new_user()
    await append_many(world.log, user, count=KEPT + 2)

    assert payloads(await world.log.read_latest(user, limit=100)) == [2, 3, 4, 5, 6]


async def test_an_expired_stream_has_an_end_and_nothing_else(world: LogWorld) -> None:
    """After a quiet day the page is empty and the place the same."""
    user = new_user()
    *_, last = await append_many(world.log, user, count=2)
    await world.expire_entries(user)

    page = await world.log.read_latest(user)

    assert (page.outcome, page.entries, page.cursor, page.seen.unread) == (Outcome.LIVE, [], last, 0)


async def test_a_wiped_server_begins_anew(world: LogWorld) -> None:
    """The end of the new history can be read on from, and the old one's can't."""
    user = new_user()
    *_, old = await append_many(world.log, user, count=2)
    await world.wipe(user)

    page = await world.log.read_latest(user)

    assert (page.entries, page.cursor.epoch != old.epoch) == ([], True)
    assert (await world.log.read_after(user, page.cursor)).outcome is Outcome.RESUMED


async def test_a_first_page_has_room(world: LogWorld) -> None:
    """A limit below one is the caller's mistake."""
    with pytest.raises(ValueError, match="at least one"):
        await world.log.read_latest(new_user(), limit=0)
