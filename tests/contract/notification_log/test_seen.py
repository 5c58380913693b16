"""What every notification log promises about what a user has seen."""

import orjson

from common.notification_log import Cursor, Seen
from tests.support.notification_logs import KEPT, LogWorld, new_user, position, unread
from tests.support.writing import append_many


async def test_nothing_is_unread_at_first(world: LogWorld) -> None:
    """A new user has no unread notifications."""
    user = new_user()

    assert await unread(world.log, user) == 0
    assert (await world.log.read_after(user, None)).seen == Seen(await position(world.log, user), 0)


async def test_what_was_appended_is_unread(world: LogWorld) -> None:
    """Every entry counts until it is seen."""
    user = new_user()
    await append_many(world.log, user, count=3)

    assert await unread(world.log, user) == 3


async def test_the_mark_moves_forward(world: LogWorld) -> None:
    """What follows the mark is unread, and a page tells so."""
    user = new_user()
    cursors = await append_many(world.log, user, count=3)

    seen = await world.log.mark_seen(user, cursors[1])

    assert seen == Seen(cursors[1], 1)
    assert (await world.log.read_after(user, cursors[2])).seen == seen
    assert await unread(world.log, user) == 1


async def test_the_mark_never_moves_back(world: LogWorld) -> None:
    """A device that lags behind does not make seen notifications unread."""
    user = new_user()
    cursors = await append_many(world.log, user, count=3)
    await world.log.mark_seen(user, cursors[2])

    seen = await world.log.mark_seen(user, cursors[0])

    assert seen == Seen(cursors[2], 0)


async def test_a_mark_of_another_history_moves_nothing(world: LogWorld) -> None:
    """A foreign or outdated cursor says nothing about this history."""
    user, other = new_user(), new_user()
    await append_many(world.log, user, count=2)
    [foreign] = await append_many(world.log, other, count=1)

    seen = await world.log.mark_seen(user, foreign)

    assert seen.unread == 2


async def test_a_mark_beyond_the_end_means_all_there_is(world: LogWorld) -> None:
    """The mark stops at the last entry, so that what comes next is unread."""
    user = new_user()
    *_, last = await append_many(world.log, user, count=2)

    seen = await world.log.mark_seen(user, Cursor(last.epoch, 2**53 - 1, 0))
    await append_many(world.log, user, count=1, first=2)

    assert seen == Seen(last, 0)
    assert await unread(world.log, user) == 1


async def test_a_mark_between_two_entries_counts_what_follows(world: LogWorld) -> None:
    """The mark need not be an entry's own cursor."""
    user = new_user()
    cursors = await append_many(world.log, user, count=2)

    between = Cursor(cursors[0].epoch, cursors[0].ms - 1, 7)
    seen = await world.log.mark_seen(user, between)

    assert seen == Seen(between, 2)


async def test_only_entries_still_kept_are_unread(world: LogWorld) -> None:
    """The count is of what can still be read, trimmed entries aside."""
    user = new_user()
    cursors = await append_many(world.log, user, count=KEPT + 3)

    assert await unread(world.log, user) == KEPT
    assert (await world.log.mark_seen(user, cursors[1])).unread == KEPT
    assert (await world.log.mark_seen(user, cursors[3])).unread == KEPT - 1


async def test_the_mark_outlives_the_stream(world: LogWorld) -> None:
    """After the entries have expired nothing is unread, and what comes next is counted from the mark."""
    user = new_user()
    cursors = await append_many(world.log, user, count=3)
    await world.log.mark_seen(user, cursors[0])
    await world.expire_entries(user)

    assert await unread(world.log, user) == 0
    await append_many(world.log, user, count=1, first=3)
    assert await unread(world.log, user) == 1


async def test_every_socket_hears_of_a_moved_mark(world: LogWorld) -> None:
    """Moving the mark is published with the count, once; a mark that stays is not."""
    user = new_user()

    async with world.listening(user) as hear:
        # Heard from the start: across a cluster, what was published before may arrive after the subscription.
        cursors = await append_many(world.log, user, count=2)
        await world.log.mark_seen(user, cursors[0])
        await world.log.mark_seen(user, cursors[0])
        await world.log.mark_seen(user, cursors[1])
        heard = await hear(4)

    assert [orjson.loads(payload) for payload in heard[2:]] == [
        {"event": "feed.seen", "data": {"cursor": str(cursors[0]), "unread": 1}},
        {"event": "feed.seen", "data": {"cursor": str(cursors[1]), "unread": 0}},
    ]
