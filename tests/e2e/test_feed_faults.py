"""Faults under steady traffic, two replicas behind a balancer: nothing lost, nothing twice, and all accounted for."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from websockets.exceptions import ConnectionClosed

from common.identity.principal import UserId
from common.notification_log.keys import channel_of
from sandbox.kafka_server import KafkaServer
from sandbox.redis_server import RedisServer
from tests.support.apache_kafka.jars import apache_kafka_jars
from tests.support.apache_kafka.server import ApacheKafkaServer
from tests.support.eventually import eventually
from tests.support.feed import FeedProcess
from tests.support.feed_cluster import TOPICS, FeedCluster, joinings, running_cluster, sum_samples
from tests.support.notification_logs import CHANNEL_PREFIX, keys_of
from tests.support.traffic import PATIENCE_S, STEADY, Traffic, traffic

HEAVY = "x" * 40_000
POISON = (b"\x00 no JSON", None, b"[]", b'{"event_id":"e"}', b"x" * 70_000)

AHEAD = """
local told = redis.call('HMGET', KEYS[1], 'epoch', 'count')
local id = string.format('%.0f-0', redis.call('TIME')[1] * 1000 + 3600000)
local count = string.format('%.0f', told[2] + 1)
redis.call('XADD', KEYS[2], id, 'n', count, 'm', '{"event":"ahead","data":{}}')
redis.call('HSET', KEYS[1], 'last', id, 'count', count)
local cursor = told[1] .. ':' .. id
redis.call('PUBLISH', KEYS[3], '{"event":"ahead","data":{},"id":"' .. cursor .. '"}')
return cursor
"""
"""What the log's append does on a server whose clock is an hour ahead; the next append finds the clock set back."""


@pytest_asyncio.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FeedCluster]:
    """Two replicas and all they need; each test mends what it breaks. Logs are in pytest's folder ``cluster0``."""
    folder = tmp_path_factory.mktemp("cluster")
    async with running_cluster(folder, KafkaServer(folder, topics=TOPICS)) as running:
        yield running


async def assert_all_is_told(flowed: Traffic) -> None:
    """Claim that each client has each notification of its user once, in order, and that the replicas can say so."""
    for client in flowed.clients:
        assert client.numbers == flowed.sent[client.user_id]
        assert client.heard.repeats == 0
        assert client.gaps == []
        assert set(client.outcomes[1:]) <= {"resumed"}
    assert await sum_samples("feed_unaccounted", *flowed.cluster.replicas) == 0


def closures(flowed: Traffic) -> list[int]:
    """Return the codes with which connections ended."""
    return [code for client in flowed.clients for code in client.closures]


async def test_bad_and_repeated_records(cluster: FeedCluster) -> None:
    """What can't be told is kept aside, what comes three times is told once, and nobody waits for either."""
    buried = await sum_samples("feed_records_dead_lettered_total", *cluster.replicas)
    known = await sum_samples("feed_records_duplicate_total", *cluster.replicas)
    async with traffic(cluster) as flowed:
        sent_once = sum(map(len, flowed.sent.values()))
        flowed.copies = 3
        for value in POISON:
            for user in flowed.users:
                await flowed.source.put(value, key=user.encode())
        await flowed.is_steady()

    await assert_all_is_told(flowed)
    assert closures(flowed) == []
    poison = len(POISON) * len(flowed.users)

    async def is_poison_kept_aside() -> bool:
        return await sum_samples("feed_records_dead_lettered_total", *cluster.replicas) - buried >= poison

    await eventually(is_poison_kept_aside)
    repeats = 2 * (sum(map(len, flowed.sent.values())) - sent_once)

    async def are_repeats_known() -> bool:
        return await sum_samples("feed_records_duplicate_total", *cluster.replicas) - known >= repeats

    await eventually(are_repeats_known)


async def test_a_clock_that_jumps(cluster: FeedCluster) -> None:
    """When the server's clock was an hour ahead and is set back, cursors go on rising and nobody misses anything."""
    async with traffic(cluster) as flowed, Redis.from_url(cluster.redis.url, decode_responses=True) as redis:
        ahead = {user: await append_ahead(redis, user) for user in flowed.users}

    await assert_all_is_told(flowed)
    assert all(ahead[client.user_id] in client.heard.ids for client in flowed.clients)


async def append_ahead(redis: Redis, user: UserId) -> str:
    """Have something happen to the user in an hour; return its cursor."""
    keys = keys_of(user)
    cursor: str = await redis.eval(AHEAD, 3, keys.state, keys.stream, channel_of(user, prefix=CHANNEL_PREFIX))
    return cursor


async def test_a_socket_that_floods(cluster: FeedCluster) -> None:
    """It is closed with 1008 and nobody else is; its user's other socket goes on, and it may come back."""
    async with traffic(cluster) as flowed:
        noisy, *others = flowed.clients
        assert noisy.connection is not None
        with suppress(ConnectionClosed):
            for _ in range(10_000):
                await noisy.connection.say({"type": "ping"})
        await eventually(lambda: bool(noisy.closures), within_s=PATIENCE_S)

    await assert_all_is_told(flowed)
    assert noisy.closures == [1008]
    assert [client.closures for client in others] == [[]] * len(others)


async def test_a_socket_that_stops_reading(cluster: FeedCluster) -> None:
    """It loses its connection, nobody else waits for it, and when it reads again it comes to everything it missed."""
    before = await sent_away(cluster)
    async with traffic(cluster) as flowed:
        slow, *others = flowed.clients
        flowed.fillers[slow.user_id] = HEAVY
        slow.reading.clear()

        async def is_sent_away() -> bool:
            return await sent_away(cluster) > before

        await eventually(is_sent_away, within_s=PATIENCE_S)
        await flowed.is_steady()
        flowed.fillers.clear()
        slow.reading.set()

    await assert_all_is_told(flowed)
    assert len(slow.closures) == 1
    assert [client.closures for client in others] == [[]] * len(others)


async def sent_away(cluster: FeedCluster) -> float:
    """Return how many clients were sent away because they didn't read."""
    return await sum_samples("feed_endings_total", *cluster.replicas, code="CONSUMER_TOO_SLOW")


async def test_valkey_killed(cluster: FeedCluster) -> None:
    """Through a Valkey that is killed and started again every socket stays open and hears everything."""
    async with traffic(cluster) as flowed:
        await cluster.redis.kill()
        await cluster.redis.start()

    await assert_all_is_told(flowed)
    assert closures(flowed) == []


async def flush(redis: RedisServer) -> None:
    """Have the server forget everything while it runs."""
    async with Redis.from_url(redis.url) as client:
        await client.flushall()


async def lose_the_disk(redis: RedisServer) -> None:
    """Have the server come back empty."""
    await redis.kill()
    shutil.rmtree(redis.data)
    await redis.start()


@pytest.mark.parametrize("forget", [flush, lose_the_disk])
async def test_a_valkey_that_forgets(cluster: FeedCluster, forget: Callable[[RedisServer], Awaitable[None]]) -> None:
    """A wiped server shows as a reset, never as silence; before and after it nothing is lost and nothing twice."""
    async with traffic(cluster) as flowed:
        await forget(cluster.redis)

    for client in flowed.clients:
        assert "reset" in client.outcomes
        assert {number for history in client.histories for number in history.numbers} == set(
            flowed.sent[client.user_id]
        )
        assert [history.repeats for history in client.histories] == [0] * len(client.histories)
    assert await sum_samples("feed_unaccounted", *cluster.replicas) == 0


async def test_replicas_that_come_and_go(cluster: FeedCluster) -> None:
    """While a third replica joins the group and leaves it again, each notification is told once and in order."""
    third = cluster.another_replica()
    async with traffic(cluster) as flowed:
        try:
            await third.start()
            await eventually(lambda: takes_part(third), within_s=PATIENCE_S)
        finally:
            await third.stop(grace_s=PATIENCE_S)

    await assert_all_is_told(flowed)
    assert closures(flowed) == []
    assert third.exit_code == 0


async def takes_part(replica: FeedProcess) -> bool:
    """Tell whether the replica has told anybody anything."""
    return await sum_samples("feed_records_appended_total", replica) > 0


async def test_a_replica_that_stands_still(cluster: FeedCluster) -> None:
    """Its partitions are taken over; awake again it tells nothing twice, and its own clients miss nothing."""
    victim = cluster.replicas[1]
    async with traffic(cluster) as flowed, Redis.from_url(cluster.redis.url, decode_responses=True) as redis:
        await victim.freeze()
        goals = {user: len(sent) + STEADY for user, sent in flowed.sent.items()}
        await eventually(lambda: are_logged(redis, goals), within_s=PATIENCE_S)
        victim.thaw()

    await assert_all_is_told(flowed)
    assert closures(flowed) == []


async def are_logged(redis: Redis, goals: dict[UserId, int]) -> bool:
    """Tell whether each user has as many notifications."""
    counts = [int(await redis.hget(keys_of(user).state, "count") or 0) for user in goals]
    return all(count >= goal for count, goal in zip(counts, goals.values(), strict=True))


async def test_a_killed_replica(cluster: FeedCluster) -> None:
    """Its clients come back elsewhere with their cursors; what it had in hand is told by who reads on."""
    victim = cluster.replicas[0]
    async with traffic(cluster) as flowed:
        await victim.kill()
    await victim.start()

    await assert_all_is_told(flowed)
    assert set(closures(flowed)) == {1006}


async def test_a_broker_that_forgets(cluster: FeedCluster) -> None:
    """Killed and started again the broker is found again; as this one keeps its log in memory, it had been read up."""
    async with traffic(cluster) as flowed:
        await flowed.rest()
        joined = [joinings(replica) for replica in cluster.replicas]
        await cluster.broker.kill()
        await cluster.broker.start()
        # Not earlier: they would go on at their old places, past records that stand at earlier ones now.
        await eventually(lambda: have_joined_again(cluster, joined), within_s=PATIENCE_S)
        flowed.go_on()

    await assert_all_is_told(flowed)
    assert closures(flowed) == []


def have_joined_again(cluster: FeedCluster, before: Sequence[int]) -> bool:
    """Tell whether every replica has got partitions since it had joined that often."""
    return all(joinings(replica) > times for replica, times in zip(cluster.replicas, before, strict=True))


@pytest.mark.kafka
async def test_a_killed_broker_loses_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Through an Apache Kafka that is killed and started again, each notification is told once and in order."""
    folder = tmp_path_factory.mktemp("apache")
    broker = ApacheKafkaServer(folder, jars=apache_kafka_jars(), topics=TOPICS)
    async with running_cluster(folder, broker) as cluster:
        async with traffic(cluster) as flowed:
            await broker.kill()
            await broker.start()

        await assert_all_is_told(flowed)
    assert closures(flowed) == []
