"""The process's connections to Kafka and Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NoReturn

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from redis.asyncio import Redis

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC
from sandbox.upstreams.settings import BATCH_REGISTERED_TOPIC

CONSUMED = (PIPELINE_COMMAND_TOPIC, BATCH_REGISTERED_TOPIC)
KAFKA_TIMEOUT_MS = 2000
KAFKA_RETRY_PAUSE_S = 0.1
REWIND_PAUSE_S = 0.5
# The broker from the wheel answers a fetch only when this is over, records or not: a balance of delay and idle work.
FETCH_MAX_WAIT_MS = 50
REDIS_TIMEOUT_S = 2.0


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """Have a producer, waiting for the broker as long as it takes."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", request_timeout_ms=KAFKA_TIMEOUT_MS)
    await start_when_there(producer)
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def consuming(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Have a consumer of every pipeline command and every new batch, from the first one on.

    It joins no group: one process reads it all, forgets it all when it ends, and need not wait for a rebalance.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        request_timeout_ms=KAFKA_TIMEOUT_MS,
    )
    await start_when_there(consumer)
    try:
        consumer.assign(await _list_partitions(bootstrap))
        yield consumer
    finally:
        await consumer.stop()


async def _list_partitions(bootstrap: str) -> list[TopicPartition]:
    """Return every partition of the consumed topics, the first alone of one that isn't there yet.

    The consumer itself knows them only with a broker that tells of all topics when it is asked for none.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=KAFKA_TIMEOUT_MS)
    await start_when_there(admin)
    try:
        described = await admin.describe_topics([*CONSUMED])
    finally:
        await admin.close()
    numbers = {one["topic"]: [each["partition"] for each in one["partitions"]] for one in described}
    return [TopicPartition(topic, number) for topic in CONSUMED for number in sorted(numbers.get(topic) or [0])]


async def rewind_after_restarts(consumer: AIOKafkaConsumer, bootstrap: str) -> NoReturn:
    """Have ``consumer`` begin anew when the broker has lost its log, until cancelled.

    The broker from the wheel keeps its log in memory. Asked for an offset that it no longer has it answers nothing,
    where Kafka says that the offset is out of range, and a new log may have grown to that offset meanwhile. The first
    record tells one log from another. What is read twice by this the services know to drop.
    """
    begun: dict[TopicPartition, int | None] = {}
    looking = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=KAFKA_TIMEOUT_MS)
    await start_when_there(looking)
    try:
        looking.assign([*consumer.assignment()])
        while True:
            await asyncio.sleep(REWIND_PAUSE_S)
            with suppress(KafkaError):
                for partition in consumer.assignment():
                    first = await _first_record_at(looking, partition)
                    if first != begun.get(partition):
                        begun[partition] = first
                        consumer.seek(partition, 0)
    finally:
        await looking.stop()


async def _first_record_at(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
    """Return the time of the partition's first record, in milliseconds, None when it has none."""
    if not (await consumer.end_offsets([partition]))[partition]:
        return None
    consumer.seek(partition, 0)
    records = await consumer.getmany(partition, timeout_ms=KAFKA_TIMEOUT_MS, max_records=1)
    return records[partition][0].timestamp if partition in records else None


async def start_when_there(client: AIOKafkaProducer | AIOKafkaConsumer | AIOKafkaAdminClient) -> None:
    """Start ``client`` as soon as its broker answers."""
    while True:
        try:
            await client.start()
        except KafkaError:
            await asyncio.sleep(KAFKA_RETRY_PAUSE_S)
        else:
            return


@asynccontextmanager
async def connect_redis(url: str) -> AsyncIterator[Redis]:
    """Have a Redis client that gives up after ``REDIS_TIMEOUT_S`` seconds."""
    client = Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
    try:
        yield client
    finally:
        await client.aclose()
