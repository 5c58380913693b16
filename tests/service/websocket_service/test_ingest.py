"""Kafka to the log with real servers that die, hang and come back: nothing lost, nothing twice."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from uuid import uuid4

from redis.asyncio import Redis
from structlog.testing import capture_logs

from common.contracts.envelope import dead_letter_topic
from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log import NotificationLog
from sandbox.kafka_server import KafkaServer
from sandbox.ports import LOOPBACK
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S as DELAY_S
from tests.support.eventually import eventually
from tests.support.kafka_records import consuming, everything, large_value, value
from tests.support.notification_logs import keys_of, new_user
from tests.support.real_ingest import real_ingest
from tests.support.record_sources import KafkaTopicWorld, new_topic
from tests.support.servers import running
from tests.support.valkey_sentinel import (
    SentinelServer,
    cut_off_replicas,
    fail_over_soon,
    knows_a_replica,
    sentinel_settings,
)
from websocket_service.adapters.kafka_notifications import COMMIT_DEADLINE_S, LEAVE_DEADLINE_S
from websocket_service.ingest.consumer import Timings

PATIENCE_S = 40.0
"""Joining a group alone takes seconds; a busy machine takes its time with the rest."""

EACH = 40
BOUND_S = Timings().drain_s + COMMIT_DEADLINE_S + LEAVE_DEADLINE_S + DELAY_S
"""What an end may take: the drain, the last commit and leaving, each bounded on its own, on a busy machine."""


def interleaved(users: Sequence[UserId], numbers: range) -> list[bytes]:
    """Return records that tell every user each of the numbers, in order."""
    return [value(user, number) for number in numbers for user in users]


def complete(log: NotificationLog, users: Sequence[UserId], count: int) -> Callable[[], Awaitable[bool]]:
    """Return a condition: each user's log holds the numbers below ``count``, each once and in order."""

    async def holds() -> bool:
        try:
            return [await everything(log, user) for user in users] == [list(range(count))] * len(users)
        except HuleEduError:
            return False

    return holds


async def has_a_copy(replica: RedisServer, user_id: UserId) -> bool:
    """Tell whether the user's stream has reached the replica."""
    async with Redis.from_url(replica.url) as client:
        return bool(await client.exists(keys_of(user_id).stream))


async def test_bad_and_repeated_records_cost_nobody_anything(valkey: RedisServer, kafka: KafkaServer) -> None:
    """Around a poisoned, an empty and a repeated record every good one is logged once, and the bad ones are kept."""
    topic, user, event_id = await new_topic(kafka), new_user(), uuid4()
    repeated = value(user, 1, event_id=event_id)
    await topic.put(0, value(user, 0), b"poison", repeated, None, repeated, value(user, 2))

    async with real_ingest(valkey.url, topic) as processor, consuming(processor.consumer):
        await eventually(lambda: processor.counters.appended == 3, within_s=PATIENCE_S)
        letters = await topic.all_of(dead_letter_topic(topic.topic), count=2)

        assert await everything(processor.log, user) == [0, 1, 2]
        assert [letter.value for letter in letters] == [b"poison", None]
        assert (processor.counters.appended, processor.counters.duplicates, processor.counters.unaccounted) == (3, 1, 0)


async def test_notifications_of_every_size(valkey: RedisServer, kafka: KafkaServer) -> None:
    """Up to the limit they are told, the platform's longest included; beyond it they are kept as dead letters."""
    topic, user = await new_topic(kafka), new_user()
    sizes = [78_000, 1_000_000, 250_000, 2_000_000, 3_000_000]
    await topic.put(0, *(large_value(user, number, size=size) for number, size in enumerate(sizes)), value(user, 5))

    async with real_ingest(valkey.url, topic) as processor, consuming(processor.consumer):
        await eventually(lambda: processor.counters.appended == 3, within_s=PATIENCE_S)
        letters = await topic.all_of(dead_letter_topic(topic.topic), count=3)

        assert await everything(processor.log, user) == [0, 2, 5]
        assert [dict(letter.headers)["dlq-reason"] for letter in letters] == [b"too_large"] * 3
        assert (processor.counters.dead_letters, processor.counters.unaccounted) == ({"too_large": 3}, 0)


async def test_valkey_killed_and_restarted_mid_stream(tmp_path: Path, kafka: KafkaServer) -> None:
    """While the log's server is killed and started again under traffic, each record is logged once and in order."""
    topic, users = await new_topic(kafka), [new_user() for _ in range(5)]

    async with (
        running(RedisServer(tmp_path)) as server,
        real_ingest(server.url, topic) as processor,
        consuming(processor.consumer),
    ):
        await topic.put(0, *interleaved(users, range(EACH)))
        await eventually(lambda: processor.counters.appended > EACH, within_s=PATIENCE_S)
        await server.kill()
        await topic.put(0, *interleaved(users, range(EACH, 2 * EACH)))
        await eventually(lambda: processor.counters.pauses.total() > 0, within_s=PATIENCE_S)
        await server.start()
        await topic.put(0, *interleaved(users, range(2 * EACH, 3 * EACH)))
        await eventually(complete(processor.log, users, 3 * EACH), within_s=PATIENCE_S)


async def test_a_hung_valkey(tmp_path: Path, kafka: KafkaServer) -> None:
    """An append that timed out may have happened: it is tried again and still told once."""
    topic, users = await new_topic(kafka), [new_user() for _ in range(3)]

    async with (
        running(RedisServer(tmp_path)) as server,
        real_ingest(server.url, topic, deadline_s=1.0) as processor,
        consuming(processor.consumer),
    ):
        await topic.put(0, *interleaved(users, range(1)))
        await eventually(complete(processor.log, users, 1), within_s=PATIENCE_S)
        await server.freeze()
        await topic.put(0, *interleaved(users, range(1, EACH)))
        await eventually(lambda: processor.counters.pauses.total() > 0, within_s=PATIENCE_S)
        server.thaw()
        await eventually(complete(processor.log, users, EACH), within_s=PATIENCE_S)


async def test_a_valkey_that_comes_back_without_its_last_writes(tmp_path: Path, kafka: KafkaServer) -> None:
    """What a server confirmed and lost is appended again from Kafka."""
    topic, user = await new_topic(kafka), new_user()

    async with (
        running(RedisServer(tmp_path, options={"appendonly": "no"})) as server,
        real_ingest(server.url, topic) as processor,
        consuming(processor.consumer),
    ):
        await topic.put(0, value(user, 0))
        await eventually(lambda: processor.counters.appended == 1, within_s=PATIENCE_S)
        async with Redis.from_url(server.url) as redis:
            await redis.save()
        await topic.put(0, value(user, 1), value(user, 2))
        await eventually(lambda: processor.counters.appended == 3, within_s=PATIENCE_S)
        await server.kill()
        await server.start()
        await eventually(lambda: processor.counters.appended == 5, within_s=PATIENCE_S)

        assert processor.counters.rewinds == 1
        assert await everything(processor.log, user) == [0, 1, 2]


async def test_a_failover_that_loses_the_last_writes(tmp_path: Path, kafka: KafkaServer) -> None:
    """What the master confirmed and its replica never had is appended again once Sentinel has promoted that."""
    topic, user = await new_topic(kafka), new_user()
    master = RedisServer(tmp_path)
    replica = RedisServer(tmp_path, options={"replicaof": f"{LOOPBACK} {master.port}"})

    async with (
        running(master),
        running(replica),
        running(SentinelServer(tmp_path, master)) as sentinel,
        real_ingest(master.url, topic, sentinel_settings(sentinel)) as processor,
        consuming(processor.consumer),
    ):
        await eventually(lambda: knows_a_replica(sentinel), within_s=PATIENCE_S)
        await topic.put(0, value(user, 0))
        await eventually(lambda: processor.counters.appended == 1, within_s=PATIENCE_S)
        await eventually(lambda: has_a_copy(replica, user), within_s=PATIENCE_S)
        await replica.freeze()
        await cut_off_replicas(master)
        await topic.put(0, value(user, 1), value(user, 2))
        await eventually(lambda: processor.counters.appended == 3, within_s=PATIENCE_S)
        await master.kill()
        await fail_over_soon(sentinel)
        replica.thaw()
        await eventually(lambda: processor.counters.appended == 5, within_s=PATIENCE_S)

        assert await everything(processor.log, user) == [0, 1, 2]


async def is_committed(topic: KafkaTopicWorld, offset: int) -> bool:
    """Tell whether the group has committed so far on the first partition."""
    return await topic.committed(0) == offset


def has_joined_twice(lines: Sequence[Mapping[str, object]]) -> bool:
    """Tell whether partitions were assigned a second time."""
    return [line["event"] for line in lines].count("notifications.partitions_assigned") > 1


async def test_a_broker_that_restarts_is_found_again(tmp_path: Path, valkey: RedisServer) -> None:
    """After the broker was away the consumer reads on by itself, though this one has forgotten everything."""
    async with running(KafkaServer(tmp_path)) as broker:
        topic, user = await new_topic(broker), new_user()
        with capture_logs() as lines:
            async with real_ingest(valkey.url, topic) as processor, consuming(processor.consumer):
                await topic.put(0, value(user, 0))
                await eventually(lambda: is_committed(topic, 1), within_s=PATIENCE_S)
                await broker.kill()
                await eventually(lambda: not processor.consumer.consuming, within_s=PATIENCE_S)
                await broker.start()
                await topic.create()
                # Not earlier: it would go on at its old place, past a record that stands at an earlier one now.
                await eventually(lambda: has_joined_twice(lines), within_s=PATIENCE_S)
                await topic.put(0, value(user, 1), value(user, 2))
                await eventually(lambda: processor.counters.appended == 3, within_s=PATIENCE_S)

                assert sorted(await everything(processor.log, user)) == [0, 1, 2]


async def test_a_broker_that_comes_late(tmp_path: Path, valkey: RedisServer) -> None:
    """The consumer may be there before its broker."""
    broker = KafkaServer(tmp_path)
    topic, user = KafkaTopicWorld(broker), new_user()

    async with real_ingest(valkey.url, topic) as processor, consuming(processor.consumer):
        await eventually(lambda: processor.counters.source_failures.total() > 0, within_s=PATIENCE_S)
        async with running(broker):
            await topic.create()
            await topic.put(0, value(user, 0))
            await eventually(lambda: processor.counters.appended == 1, within_s=PATIENCE_S)


async def test_two_replicas_share_and_take_over(valkey: RedisServer, kafka: KafkaServer) -> None:
    """While a second consumer joins and the first leaves under traffic, each record is logged once and in order."""
    topic, users = await new_topic(kafka), [[new_user(), new_user()], [new_user(), new_user()]]

    async def traffic(numbers: range) -> None:
        await topic.put(0, *interleaved(users[0], numbers))
        await topic.put(1, *interleaved(users[1], numbers))

    async with real_ingest(valkey.url, topic) as first, real_ingest(valkey.url, topic) as second:
        async with consuming(second.consumer):
            async with consuming(first.consumer):
                await traffic(range(EACH))
                await eventually(lambda: first.consumer.consuming and second.consumer.consuming, within_s=PATIENCE_S)
                await traffic(range(EACH, 2 * EACH))
                await eventually(
                    lambda: first.counters.appended > 0 and second.counters.appended > 0, within_s=PATIENCE_S
                )
            await traffic(range(2 * EACH, 3 * EACH))
            await eventually(
                lambda: first.counters.appended + second.counters.appended == 3 * EACH * 4, within_s=PATIENCE_S
            )

        assert await complete(first.log, users[0] + users[1], 3 * EACH)()
        assert (first.counters.unaccounted, second.counters.unaccounted) == (0, 0)


async def test_the_end_is_soon_and_commits_what_was_decided(valkey: RedisServer, kafka: KafkaServer) -> None:
    """Ended in the middle of much work, a consumer leaves within its bound, and what it logged is committed."""
    topic, user = await new_topic(kafka), new_user()
    await topic.put(0, *interleaved([user], range(2000)))

    async with real_ingest(valkey.url, topic) as processor:
        async with consuming(processor.consumer):
            await eventually(lambda: processor.counters.appended > 0, within_s=PATIENCE_S)
            told_to_end = monotonic()
        ended = monotonic()

    assert ended - told_to_end < BOUND_S
    assert 0 < processor.counters.appended < 2000
    assert await topic.committed(0) == processor.counters.appended
