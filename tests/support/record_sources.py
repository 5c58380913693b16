"""Topics to make the same claims about: in memory, and on a broker."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.client import AIOKafkaClient

from common.clock import SystemClock
from sandbox.kafka_server import KafkaServer
from tests.fakes.records import FakeRecordSource
from tests.support.servers import unique
from websocket_service.adapters.kafka_batches import Portion, read_again
from websocket_service.adapters.kafka_notifications import KafkaNotifications, TopicReading
from websocket_service.ingest.ports import Fetched, Partition, Record, RecordSource

PARTITIONS = 2
LARGEST = 8 * 1024 * 1024
"""What these producers send at most; aiokafka's own limit is one megabyte."""

CODECS = ["gzip", "snappy", "lz4", "zstd"]
"""All that Kafka has."""


async def release_nothing() -> None:
    """Be a member that can give up its partitions at any time."""


class TopicWorld(Protocol):
    """A topic of two partitions, read by one group."""

    @property
    def topic(self) -> str:
        """The topic's name."""
        ...

    async def put(self, partition: int, *values: bytes | None) -> None:
        """Let records come in."""
        ...

    def source(self) -> RecordSource:
        """Return a member of the group that hasn't joined yet."""
        ...


class FakeTopicWorld:
    """The topic in memory."""

    def __init__(self) -> None:
        self.topic = "notifications"
        self._source = FakeRecordSource()

    async def put(self, partition: int, *values: bytes | None) -> None:
        """Let records come in."""
        self._source.put(Partition(self.topic, partition), *values)

    def source(self) -> RecordSource:
        """Return the one member there is."""
        return self._source


class KafkaTopicWorld:
    """A new topic of a broker."""

    def __init__(self, kafka: KafkaServer) -> None:
        self.topic = unique("notifications")
        self.group = unique("group")
        self.bootstrap = kafka.bootstrap
        self._kafka = kafka

    async def create(self) -> None:
        """Create the topic and the one for its dead letters."""
        await self._kafka.create_topics([self.topic, f"{self.topic}.dlq"], partitions=PARTITIONS)

    async def expire(self, partition: int, *, before: int) -> None:
        """Remove the records before an offset, as the broker's retention does."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            await admin.start()
            await admin.delete_records({TopicPartition(self.topic, partition): RecordsToDelete(before)})
        finally:
            await admin.close()

    async def create_configured(self, **configuration: str) -> None:
        """Create the topic with these settings of the broker's own, dots written as underscores."""
        settings = {name.replace("_", "."): setting for name, setting in configuration.items()}
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            await admin.start()
            await admin.create_topics([NewTopic(self.topic, PARTITIONS, 1, topic_configs=settings)])
        finally:
            await admin.close()

    async def put(self, partition: int, *values: bytes | None, codec: str | None = None) -> None:
        """Let records come in, in batches that the producer has compressed with ``codec``."""
        options = {"bootstrap_servers": self.bootstrap, "request_timeout_ms": 5000, "max_request_size": LARGEST}
        options["compression_type"] = codec
        async with AIOKafkaProducer(linger_ms=20, **options) as producer:
            for value in values:
                await producer.send(self.topic, value, partition=partition, key=b"key", headers=[("h", b"1")])
            await producer.flush()

    def source(self) -> KafkaNotifications:
        """Return another member of the group."""
        return KafkaNotifications(
            TopicReading(bootstrap_servers=self.bootstrap, topic=self.topic, group=self.group, fetch_max_wait_ms=10),
            SystemClock(),
        )

    async def committed(self, partition: int) -> int:
        """Return the offset from which the group would read on."""
        place = TopicPartition(self.topic, partition)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            await admin.start()
            offsets = await admin.list_consumer_group_offsets(self.group, partitions=[place])
        finally:
            await admin.close()
        return int(offsets[place].offset)

    async def all_of(self, topic: str, *, count: int) -> list[ConsumerRecord]:
        """Return the first ``count`` records of all partitions of a topic, read outside any group."""
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        found: list[ConsumerRecord] = []
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        async with consumer:
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=1000)).values():
                    found += records
        return found


async def new_topic(kafka: KafkaServer) -> KafkaTopicWorld:
    """Create a topic nobody else uses."""
    topic = KafkaTopicWorld(kafka)
    await topic.create()
    return topic


async def read_directly(topic: KafkaTopicWorld, **options: object) -> tuple[list[bytes | None], int, Portion]:
    """Put three records; return those from the second on and where they end, and what stands behind them.

    ``options`` are those of the client that reads, where it isn't a plain one.
    """
    await topic.put(0, b"a", b"b", b"c")
    where = Partition(topic.topic, 0)
    portions = []
    for offset in (1, 3):
        client = AIOKafkaClient(**{"bootstrap_servers": topic.bootstrap} | options)
        try:
            portions.append(await read_again(client, where, offset))
        finally:
            await client.close()
    return values(only_records(portions[0].items)), portions[0].next_offset, portions[1]


async def take(source: RecordSource, count: int) -> Mapping[int, Sequence[Record]]:
    """Fetch until ``count`` records have come; return them by partition."""
    taken: dict[int, list[Record]] = {}
    while sum(map(len, taken.values())) < count:
        for partition, records in (await source.fetch(wait_s=0.2)).items():
            taken.setdefault(partition.number, []).extend(only_records(records))
    return taken


def only_records(fetched: Sequence[Fetched]) -> Sequence[Record]:
    """Return what was fetched, which must be records."""
    records = [item for item in fetched if isinstance(item, Record)]
    assert len(records) == len(fetched)
    return records


def values(records: Sequence[Record]) -> list[bytes | None]:
    """Return the records' values."""
    return [record.value for record in records]
