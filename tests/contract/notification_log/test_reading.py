"""What every notification log promises a reader who comes back."""

import pytest

from common.notification_log import PAGE_BYTES, UNKNOWN_CURSOR, Cursor, Gap, Outcome
from tests.support.notification_logs import KEPT, LARGE_BYTES, LogWorld, new_user, position
from tests.support.writing import append_many, payloads


async def test_without_a_cursor_a_reader_is_live(world: LogWorld) -> None:
    """No cursor means the end: nothing old is told, and the place to continue from is."""
    user = new_user()
    *_, last = await append_many(world.log, user, count=3)

    page = await world.log.read_after(user, None)

    assert (page.outcome, page.entries, page.cursor, page.more) == (Outcome.LIVE, [], last, False)


async def test_the_position_of_a_new_user_can_be_resumed_from(world: LogWorld) -> None:
    """Who was told a cursor before the first notification misses none."""
    user = new_user()
    start = await position(world.log, user)
    assert await position(world.log, user) == start

    await append_many(world.log, user, count=2)
    page = await world.log.read_after(user, start)

    assert page.outcome is Outcome.RESUMED
    assert payloads(page) == [0, 1]


async def test_the_position_is_the_last_entry(world: LogWorld) -> None:
    """The position is the cursor of the newest entry, and nothing follows it."""
    user = new_user()
    *_, last = await append_many(world.log, user, count=2)

    assert await position(world.log, user) == last
    page = await world.log.read_after(user, last)
    assert (page.outcome, page.entries, page.cursor) == (Outcome.RESUMED, [], last)


async def test_a_reader_resumes_in_the_middle(world: LogWorld) -> None:
    """What follows the cursor comes, the cursor's own entry does not."""
    user = new_user()
    cursors = await append_many(world.log, user, count=4)

    page = await world.log.read_after(user, cursors[1])

    assert page.outcome is Outcome.RESUMED
    assert page.gap is None
    assert payloads(page) == [2, 3]
    assert page.cursor == cursors[3]


async def test_a_page_has_so_many_bytes(world: LogWorld) -> None:
    """Where the next entry would make it too heavy a page ends early, tells that there is more, and goes on there."""
    user = new_user()
    start = await position(world.log, user)
    await append_many(world.log, user, count=3, size=LARGE_BYTES)

    first = await world.log.read_after(user, start)
    second = await world.log.read_after(user, first.cursor)
    third = await world.log.read_after(user, second.cursor)

    assert [payloads(page) for page in (first, second, third)] == [[0], [1], [2]]
    assert [page.more for page in (first, second, third)] == [True, True, False]


async def test_an_entry_heavier_than_a_page_comes_alone(world: LogWorld) -> None:
    """There is always progress."""
    user = new_user()
    start = await position(world.log, user)
    await append_many(world.log, user, count=1, size=PAGE_BYTES + 1)
    await append_many(world.log, user, count=1, first=1)

    first = await world.log.read_after(user, start)
    second = await world.log.read_after(user, first.cursor)

    assert [payloads(page) for page in (first, second)] == [[0], [1]]


async def test_pages_join_without_a_hole(world: LogWorld) -> None:
    """Reading on from a page's cursor gives the next entries, and ``more`` is true exactly while some are left."""
    user = new_user()
    start = await position(world.log, user)
    await append_many(world.log, user, count=4)

    first = await world.log.read_after(user, start, limit=2)
    second = await world.log.read_after(user, first.cursor, limit=2)

    assert (payloads(first), first.more) == ([0, 1], True)
    assert (payloads(second), second.more) == ([2, 3], False)


async def test_a_page_has_room(world: LogWorld) -> None:
    """A limit below one is the caller's mistake."""
    with pytest.raises(ValueError, match="at least one"):
        await world.log.read_after(new_user(), None, limit=0)


async def test_a_cursor_before_what_was_trimmed_meets_a_gap(world: LogWorld) -> None:
    """The gap runs from the reader's cursor to the last entry that was lost, and the rest follows."""
    user = new_user()
    cursors = await append_many(world.log, user, count=KEPT + 3)

    page = await world.log.read_after(user, cursors[0])

    assert page.outcome is Outcome.GAP
    assert page.gap == Gap(cursors[0], cursors[2])
    assert payloads(page) == [3, 4, 5, 6, 7]


async def test_a_cursor_on_the_last_trimmed_entry_resumes(world: LogWorld) -> None:
    """Who has the last entry that was trimmed has lost nothing."""
    user = new_user()
    cursors = await append_many(world.log, user, count=KEPT + 3)

    page = await world.log.read_after(user, cursors[2])

    assert page.outcome is Outcome.RESUMED
    assert payloads(page) == [3, 4, 5, 6, 7]


async def test_an_expired_stream_is_a_gap(world: LogWorld) -> None:
    """A stream that is gone can't tell what it held; the state beside it can."""
    user = new_user()
    cursors = await append_many(world.log, user, count=3)
    await world.expire_entries(user)

    page = await world.log.read_after(user, cursors[0])

    assert (page.outcome, page.entries, page.cursor) == (Outcome.GAP, [], cursors[2])
    assert page.gap == Gap(cursors[0], cursors[2])


async def test_nothing_was_missed_in_an_expired_stream_by_who_had_its_end(world: LogWorld) -> None:
    """An idle day is no gap."""
    user = new_user()
    *_, last = await append_many(world.log, user, count=3)
    await world.expire_entries(user)

    page = await world.log.read_after(user, last)

    assert (page.outcome, page.entries, page.cursor) == (Outcome.RESUMED, [], last)


async def test_the_gap_of_an_expired_stream_stays_when_it_grows_anew(world: LogWorld) -> None:
    """What expired is remembered as lost after the next append."""
    user = new_user()
    cursors = await append_many(world.log, user, count=3)
    await world.expire_entries(user)
    await append_many(world.log, user, count=1, first=3)

    page = await world.log.read_after(user, cursors[0])

    assert page.gap == Gap(cursors[0], cursors[2])
    assert payloads(page) == [3]
    assert payloads(await world.log.read_after(user, cursors[2])) == [3]


async def test_a_wiped_server_resets_its_readers(world: LogWorld) -> None:
    """After a wipe the old cursor is of another history, and everything of the new one follows."""
    user = new_user()
    *_, old = await append_many(world.log, user, count=2)
    await world.wipe(user)
    new = await append_many(world.log, user, count=2, first=2)

    page = await world.log.read_after(user, old)

    assert page.outcome is Outcome.RESET
    assert payloads(page) == [2, 3]
    assert page.cursor == new[-1]
    assert page.cursor.epoch != old.epoch


async def test_a_reset_can_be_begun_again(world: LogWorld) -> None:
    """Who is reset and comes back with the place the entries follow gets the same ones, also when some were trimmed."""
    user = new_user()
    cursors = await append_many(world.log, user, count=KEPT + 2)

    reset = await world.log.read_after(user, UNKNOWN_CURSOR)
    again = await world.log.read_after(user, reset.start)

    assert (reset.outcome, reset.start) == (Outcome.RESET, cursors[1])
    assert (again.outcome, again.gap, again.entries) == (Outcome.RESUMED, None, reset.entries)


async def test_a_page_follows_its_start(world: LogWorld) -> None:
    """The start is the cursor that was resumed from, the gap's end, or with no cursor the end of the log."""
    user = new_user()
    cursors = await append_many(world.log, user, count=KEPT + 2)

    resumed = await world.log.read_after(user, cursors[2])
    gap = await world.log.read_after(user, cursors[0])
    live = await world.log.read_after(user, None)

    assert (resumed.outcome, resumed.start) == (Outcome.RESUMED, cursors[2])
    assert (gap.outcome, gap.start) == (Outcome.GAP, cursors[1])
    assert (live.outcome, live.start) == (Outcome.LIVE, cursors[-1])


async def test_a_wiped_server_resets_before_anything_new_happens(world: LogWorld) -> None:
    """The loss shows at once, not only with the next notification."""
    user = new_user()
    *_, old = await append_many(world.log, user, count=2)
    await world.wipe(user)

    page = await world.log.read_after(user, old)

    assert (page.outcome, page.entries) == (Outcome.RESET, [])
    assert (await world.log.read_after(user, page.cursor)).outcome is Outcome.RESUMED


async def test_a_server_that_lost_its_tail_resets_its_readers(world: LogWorld) -> None:
    """A cursor beyond the last entry is of a past that no longer is; nothing is told twice."""
    user = new_user()
    [kept] = await append_many(world.log, user, count=1)
    restore = await world.snapshot(user)
    *_, lost = await append_many(world.log, user, count=2, first=1)
    await restore()

    page = await world.log.read_after(user, lost)

    assert (page.outcome, page.entries, page.cursor) == (Outcome.RESET, [], kept)


@pytest.mark.parametrize(
    ("ms", "seq"),
    [(2**53 - 1, 0), (2**53 - 1, 2**53 - 1)],
)
async def test_a_cursor_from_the_future_is_a_reset(world: LogWorld, ms: int, seq: int) -> None:
    """A place nobody has reached is not resumed from."""
    user = new_user()
    [last] = await append_many(world.log, user, count=1)

    page = await world.log.read_after(user, Cursor(last.epoch, ms, seq))

    assert (page.outcome, page.entries, page.cursor) == (Outcome.RESET, [], last)


async def test_another_users_cursor_is_a_reset(world: LogWorld) -> None:
    """Each user's history has a name of its own, so a foreign cursor reaches nothing it shouldn't."""
    user, other = new_user(), new_user()
    await append_many(world.log, user, count=1)
    [foreign] = await append_many(world.log, other, count=1)

    page = await world.log.read_after(user, foreign)

    assert page.outcome is Outcome.RESET
    assert payloads(page) == [0]


async def test_an_unreadable_cursor_is_a_reset(world: LogWorld) -> None:
    """Garbage is answered as a reader who must begin anew, with all that is kept."""
    user = new_user()
    await append_many(world.log, user, count=2)

    page = await world.log.read_after(user, UNKNOWN_CURSOR)

    assert page.outcome is Outcome.RESET
    assert payloads(page) == [0, 1]
