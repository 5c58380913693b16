"""The consumer's life: what is committed, held back, given up and taken up again."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from tests.support.consumer_world import HERE, THERE, TIMINGS, World
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.kafka_records import consuming, everything, redis_away, value
from tests.support.notification_logs import new_user


async def test_records_are_committed_once_they_are_logged(running: World) -> None:
    """The group's offset follows the log."""
    user = new_user()
    running.source.put(HERE, *(value(user, number) for number in range(5)))

    await running.wait_committed(5)

    assert await everything(running.log, user) == [0, 1, 2, 3, 4]


async def test_a_poisoned_record_between_good_ones_is_buried_and_committed(running: World) -> None:
    """One bad record costs itself only."""
    user = new_user()
    running.source.put(HERE, value(user, 1), b"poison", value(user, 2))

    await running.wait_committed(3)

    assert await everything(running.log, user) == [1, 2]
    assert [record.offset for record, _ in running.dead_letters.records] == [1]


async def test_nothing_is_committed_that_could_not_be_logged(running: World) -> None:
    """While the log is away its partition waits at the first record, uncommitted."""
    running.log.failure = redis_away()
    running.source.put(HERE, value(new_user()), value(new_user()))

    await running.pauses(1)

    assert running.source.held == {HERE}
    assert HERE not in running.source.committed
    assert not running.consumer.consuming


async def test_what_others_committed_meanwhile_stays_when_a_partition_comes_back() -> None:
    """With its partitions a member loses what it had decided there: another one may be further by now."""
    world = World()
    async with consuming(world.consumer):
        world.source.put(HERE, value(new_user()), value(new_user()))
        await world.wait_committed(2)
        await world.source.revoke()
        world.source.committed[HERE] = 5
        world.source.put(THERE, value(new_user()))
        await eventually(lambda: world.source.committed.get(THERE) == 1)

        assert world.source.committed[HERE] == 5


async def test_a_commit_that_fails_is_made_up_for(running: World) -> None:
    """What is decided stays decided: the offset is committed as soon as the broker takes it, nothing is repeated."""
    running.source.commit_failure = redis_away()
    user = new_user()
    running.source.put(HERE, value(user, 1))

    await running.wait_committed(1)

    assert (running.counters.consumed, running.counters.source_failures.total()) == (1, 1)


async def test_commits_are_made_now_and_then() -> None:
    """Offsets are committed when it is time, not with each batch; at the end nothing is left uncommitted."""
    world = World(replace(TIMINGS, commit_s=5.0))
    async with consuming(world.consumer):
        world.source.put(HERE, value(new_user()))
        await eventually(lambda: world.counters.appended == 1)
        before_time = dict(world.source.committed)

        world.clock.advance(5.0)
        await world.wait_committed(1)
        world.source.put(HERE, value(new_user()))
        await eventually(lambda: world.counters.appended == 2)

    assert before_time == {}
    assert world.source.committed == {HERE: 2}


async def test_what_was_decided_is_committed_before_partitions_go() -> None:
    """Whoever reads on repeats nothing, however long ago the last commit was."""
    world = World(replace(TIMINGS, commit_s=5.0))
    async with consuming(world.consumer):
        world.source.put(HERE, value(new_user()))
        await eventually(lambda: world.counters.appended == 1)

        await world.source.revoke()

        assert world.source.committed == {HERE: 1}


async def test_a_silent_broker_is_not_being_consumed_from(running: World) -> None:
    """Health tells when the broker stopped answering, though its consumer goes on asking."""
    await eventually(lambda: running.consumer.consuming)

    running.source.answering = False

    assert not running.consumer.consuming


async def test_a_broker_that_is_away_at_the_start_is_tried_again(world: World) -> None:
    """The service starts without its broker."""
    world.source.start_failure = redis_away()
    world.source.put(HERE, value(new_user()))

    async with consuming(world.consumer):
        await world.wait_committed(1)

    assert world.source.starts == 2


async def test_a_source_that_breaks_is_started_again(running: World) -> None:
    """After a failed fetch the source is stopped, started again and read on from what is committed."""
    running.source.put(HERE, value(new_user()))
    await running.wait_committed(1)

    running.source.fetch_failure = redis_away()
    await eventually(lambda: running.source.starts == 2)
    running.source.put(HERE, value(new_user()))
    await running.wait_committed(2)

    assert running.source.stops == 1
    assert running.counters.consumed == 2


async def test_the_group_is_left_when_it_ends(world: World) -> None:
    """Cancelled, the consumer leaves its group."""
    async with consuming(world.consumer):
        await eventually(lambda: world.source.starts == 1)

    assert world.source.stops == 1


async def test_partitions_are_given_up_with_what_was_in_hand_committed(running: World) -> None:
    """A rebalance repeats nothing that was decided before, and the consumer goes on after it."""
    user = new_user()
    running.source.put(HERE, value(user, 0), value(user, 1))
    await running.wait_committed(2)

    await running.source.revoke()
    running.source.put(HERE, value(user, 2))
    await running.wait_committed(3)

    assert running.counters.consumed == 3
    assert await everything(running.log, user) == [0, 1, 2]


async def test_a_redelivered_record_is_a_duplicate(running: World) -> None:
    """What a lost commit makes Kafka deliver again reaches nobody twice."""
    user, event_id = new_user(), uuid4()
    again = value(user, 1, event_id=event_id)
    running.source.put(HERE, again, again)

    await running.wait_committed(2)

    assert await everything(running.log, user) == [1]
    assert running.counters.duplicates == 1


async def test_ending_waits_for_no_group_that_is_still_being_joined() -> None:
    """Nothing is in hand then, so there is nothing to finish."""
    world = World(replace(TIMINGS, drain_s=3600.0))
    world.source.admitting.clear()

    async with asyncio.timeout(PATIENCE_S), consuming(world.consumer):
        await eventually(lambda: world.source.starts == 1)

    assert world.source.stops == 1
