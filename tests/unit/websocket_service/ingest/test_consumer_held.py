"""What holds a partition back, and what has records read again."""

from common.notification_log import ReplicationId
from tests.support.consumer_world import HERE, THERE, TIMINGS, World
from tests.support.eventually import eventually
from tests.support.kafka_records import everything, redis_away, value
from tests.support.notification_logs import new_user
from websocket_service.ingest.consumer import Timings


async def test_a_held_partition_goes_on_where_it_stopped(running: World) -> None:
    """Once the log is back and the pause over, every record is logged, each once and in order."""
    user = new_user()
    running.source.put(HERE, value(user, 0))
    await running.wait_committed(1)
    running.log.failure = redis_away()
    running.source.put(HERE, *(value(user, number) for number in range(1, 6)))
    await running.pauses(1)

    running.log.failure = None
    running.clock.advance(TIMINGS.backoff.first_s)
    await running.wait_committed(6)

    assert await everything(running.log, user) == [0, 1, 2, 3, 4, 5]
    assert running.consumer.consuming


async def test_pauses_grow_while_the_log_stays_away(running: World) -> None:
    """Each retry fails into a longer pause: the first is over after a second, the second isn't within another half."""
    running.log.failure = redis_away()
    running.source.put(HERE, value(new_user()))
    await running.pauses(1)

    running.clock.advance(TIMINGS.backoff.first_s)
    await running.pauses(2)
    running.clock.advance(0.9)
    running.source.put(THERE, b"poison")
    await eventually(lambda: running.counters.dead_letters.total() == 1)

    assert running.counters.pauses.total() == 2


async def test_another_partition_goes_on_meanwhile(running: World) -> None:
    """Only the partition that failed is held."""
    running.dead_letters.failure = redis_away()
    user = new_user()
    running.source.put(HERE, b"poison")
    await running.pauses(1)

    running.source.put(THERE, value(user, 1))
    await eventually(lambda: running.source.committed.get(THERE) == 1)

    assert HERE not in running.source.committed


async def test_a_held_partition_is_free_after_a_rebalance(running: World) -> None:
    """A hold ends with the ownership it belonged to; the record comes again at once."""
    running.log.failure = redis_away()
    running.source.put(HERE, value(new_user()))
    await running.pauses(1)

    running.log.failure = None
    await running.source.revoke()
    await running.wait_committed(1)

    assert running.consumer.consuming


async def test_what_a_failover_lost_is_appended_again(running: World) -> None:
    """When another server answers, the last records are read again: what it lost is told, the rest isn't repeated."""
    user = new_user()
    running.source.put(HERE, value(user, 0))
    await running.wait_committed(1)
    fail_over = running.log.snapshot(user)
    running.source.put(HERE, value(user, 1), b"poison")
    await running.wait_committed(3)

    fail_over()
    running.log.server = ReplicationId("promoted")
    running.source.put(HERE, value(user, 2))
    await eventually(lambda: running.counters.rewinds == 1 and running.counters.consumed == 8)

    assert sorted(await everything(running.log, user)) == [0, 1, 2]
    assert running.source.committed == {HERE: 4}
    assert running.counters.dead_letters.total() == 1


async def test_a_failover_is_noticed_while_nothing_comes_in(running: World) -> None:
    """The last event before the silence is told again when its server lost it."""
    user = new_user()
    fail_over = running.log.snapshot(user)
    running.source.put(HERE, value(user, 1))
    await running.wait_committed(1)

    fail_over()
    running.log.server = ReplicationId("promoted")
    running.clock.advance(TIMINGS.failover_check_s)
    await eventually(lambda: running.counters.rewinds == 1 and running.counters.appended == 2)

    assert await everything(running.log, user) == [1]


async def test_only_what_is_within_reach_is_read_again(running: World) -> None:
    """Records decided longer ago than any failover can lose are left alone."""
    user = new_user()
    running.source.put(HERE, value(user, 0))
    await running.wait_committed(1)
    running.clock.advance(TIMINGS.failover_window_s + 1)

    running.log.server = ReplicationId("promoted")
    running.source.put(HERE, value(user, 1))
    await eventually(lambda: running.counters.rewinds == 1 and running.counters.consumed == 3)

    assert running.counters.duplicates == 1


def test_part_of_each_pause_is_left_to_chance() -> None:
    """So that replicas whose log came back don't come back to it in step."""
    pauses_s = {Timings().backoff.delay_s(failures=9) for _ in range(50)}

    assert len(pauses_s) > 1
    assert all(2.5 <= pause_s <= 5.0 for pause_s in pauses_s)
