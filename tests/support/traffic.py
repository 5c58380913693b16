"""Steady traffic through Kafka to clients of a feed, and the account of it afterwards."""

import asyncio
from asyncio import Event
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from pydantic import JsonValue

from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.identity.principal import UserId
from sandbox.kafka_server import PARTITIONS
from tests.support.eventually import eventually
from tests.support.feed_cluster import FeedCluster
from tests.support.kafka_records import envelope
from tests.support.notification_logs import new_user
from tests.support.returning_client import LAST, ReturningClient

GROUP = "websocket-service-consumer"
USERS_A_PARTITION = 2
CLIENTS_EACH = 2
PACE_S = 0.04
"""Between two notifications of a user: slow enough that whoever is away for a while misses less than is kept."""

STEADY = 8
"""How many notifications every client has heard when the fault happens, and hears at least afterwards."""

PATIENCE_S = 60.0
RETRY_PAUSE_S = 0.1


class Producer:
    """Puts records on the topic as the platform's services do: keyed by user, confirmed, again after a failure.

    ``ends`` is the offset after the last one confirmed, by partition.
    """

    def __init__(self, kafka: AIOKafkaProducer) -> None:
        self.ends: dict[TopicPartition, int] = {}
        self._kafka = kafka

    async def put(self, value: bytes | None, *, key: bytes) -> None:
        """Return once the broker has the record; it may have it twice."""
        while True:
            try:
                put = await self._kafka.send_and_wait(TEACHER_NOTIFICATION_TOPIC, value, key=key)
            except KafkaError:
                await asyncio.sleep(RETRY_PAUSE_S)
            else:
                self.ends[TopicPartition(put.topic, put.partition)] = put.offset + 1
                return

    async def notify(self, user_id: UserId, number: int, *, filler: str = "", times: int = 1) -> None:
        """Tell the user a number; ``times`` is how often the same event is put on the topic."""
        event = envelope(user_id, number, event_id=uuid4())
        data = event["data"]
        assert isinstance(data, dict)
        data["payload"] = {"n": number, "filler": filler}
        for _ in range(times):
            await self.put(orjson.dumps(event), key=user_id.encode())


@asynccontextmanager
async def producer(cluster: FeedCluster) -> AsyncIterator[Producer]:
    """Produce inside the block."""
    async with AIOKafkaProducer(
        bootstrap_servers=cluster.broker.bootstrap, request_timeout_ms=10_000, metadata_max_age_ms=2000
    ) as kafka:
        yield Producer(kafka)


def users_of_each_partition() -> list[UserId]:
    """Return new users whose records fill all partitions alike, so that every consumer of the group has work."""
    places = list(range(PARTITIONS))
    place_of = DefaultPartitioner()
    found: dict[int, list[UserId]] = {place: [] for place in places}
    while any(len(users) < USERS_A_PARTITION for users in found.values()):
        user = new_user()
        users = found[place_of(user.encode(), places, places)]
        if len(users) < USERS_A_PARTITION:
            users.append(user)
    return [user for users in found.values() for user in users]


class Traffic:
    """Users who are told 0, 1, 2 … and at last :data:`LAST`, and their clients.

    ``sent`` is what each user was told, ``clients`` who listen, several a user. ``copies`` is how often each event is
    put on the topic, ``fillers`` makes users' notifications heavy.
    """

    def __init__(self, cluster: FeedCluster, source: Producer) -> None:
        self.cluster = cluster
        self.source = source
        self.sent: dict[UserId, list[JsonValue]] = {user: [] for user in users_of_each_partition()}
        self.clients = [ReturningClient(cluster.socket_url, user) for user in self.sent for _ in range(CLIENTS_EACH)]
        self.copies = 1
        self.fillers: dict[UserId, str] = {}
        self._stop = Event()
        self._flows = Event()
        self._flows.set()

    @property
    def users(self) -> Sequence[UserId]:
        """Who is told."""
        return tuple(self.sent)

    async def is_steady(self) -> None:
        """Return once every client that reads has heard so many more notifications."""
        goals = [(client, client.count + STEADY) for client in self.clients if client.reading.is_set()]
        await eventually(lambda: all(client.count >= goal for client, goal in goals), within_s=PATIENCE_S)

    async def rest(self) -> None:
        """Tell nobody anything until :meth:`go_on`; returns once all of it is heard and the group has committed it."""
        self._flows.clear()
        await eventually(self._is_settled, within_s=PATIENCE_S)

    def go_on(self) -> None:
        """Be steady again."""
        self._flows.set()

    async def notify_for_long(self, user_id: UserId) -> None:
        """Tell the user one number after the other until :meth:`stop`, then the last."""
        while not self._stop.is_set():
            await self._flows.wait()
            await self._notify(user_id, len(self.sent[user_id]))
            await asyncio.sleep(PACE_S)
        await self._notify(user_id, LAST)

    def stop(self) -> None:
        """Come to an end."""
        self._stop.set()

    async def _is_settled(self) -> bool:
        committed = await read_offsets(self.cluster.broker.bootstrap, list(self.source.ends))
        heard = all(len(client.numbers) == len(self.sent[client.user_id]) for client in self.clients)
        return heard and all(committed.get(place, 0) >= end for place, end in self.source.ends.items())

    async def _notify(self, user_id: UserId, number: int) -> None:
        self.sent[user_id].append(number)
        filler = self.fillers.get(user_id, "")
        await self.source.notify(user_id, number, filler=filler, times=self.copies)


async def read_offsets(bootstrap: str, places: list[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the offsets from which the feed's group would read on."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(GROUP, partitions=places)
    finally:
        await admin.close()
    return {place: int(told.offset) for place, told in offsets.items()}


@asynccontextmanager
async def traffic(cluster: FeedCluster) -> AsyncIterator[Traffic]:
    """Have steady traffic inside the block; when it is left every client has heard all it is going to hear."""
    async with producer(cluster) as source, asyncio.timeout(4 * PATIENCE_S), asyncio.TaskGroup() as group:
        flowing = Traffic(cluster, source)
        for client in flowing.clients:
            group.create_task(client.run())
        await eventually(lambda: all(client.outcomes for client in flowing.clients), within_s=PATIENCE_S)
        for user_id in flowing.users:
            group.create_task(flowing.notify_for_long(user_id))
        await flowing.is_steady()
        yield flowing
        await flowing.is_steady()
        flowing.stop()
