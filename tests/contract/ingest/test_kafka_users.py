"""deploy/kafka-topics.sh lets the gateway send commands and the feed read and bury notifications, and nothing more."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from api_gateway.adapters.kafka_producer import KafkaProducer
from common.clock import SystemClock
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, dead_letter_topic
from common.kafka_producer import KafkaOptions
from sandbox.options import StackOptions
from sandbox.stack import Stack
from sandbox.upstreams.settings import BATCH_REGISTERED_TOPIC, UpstreamSettings
from tests.e2e.browser import Browser
from tests.support.apache_kafka.guarded import GuardedKafka
from tests.support.apache_kafka.jars import apache_kafka_jars
from tests.support.eventually import eventually
from tests.support.record_sources import release_nothing, take
from tests.support.servers import running
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.adapters.kafka_notifications import KafkaNotifications, TopicReading
from websocket_service.ingest.ports import Partition, Record
from websocket_service.ingest.records import InvalidReason, InvalidRecord
from websocket_service.settings import FeedSettings

pytestmark = pytest.mark.kafka

GATEWAY, FEED = "edge-gateway", "edge-feed"
LOGS = ("api_gateway.log", "websocket_service.log")
BURIED_WITHIN_S = 60.0
GROUP: str = FeedSettings.model_fields["kafka_consumer_group"].default


@pytest_asyncio.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GuardedKafka]:
    """A broker on which the script has been played."""
    async with running(GuardedKafka(tmp_path_factory.mktemp("guarded"), jars=apache_kafka_jars())) as server:
        yield server


def options(guarded: GuardedKafka, user: str) -> KafkaOptions:
    """Return how a service reaches the broker as this user, by an idempotent producer."""
    return KafkaOptions(bootstrap_servers=guarded.guarded, security=guarded.security(user))


async def values_of(guarded: GuardedKafka, topic: str, *, count: int) -> list[bytes | None]:
    """Return the topic's first records."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=guarded.bootstrap, auto_offset_reset="earliest")
    async with consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def test_the_gateway_sends_commands(guarded: GuardedKafka) -> None:
    """They are acknowledged."""
    producer = KafkaProducer(options(guarded, GATEWAY), PIPELINE_COMMAND_TOPIC)
    try:
        await producer.start()
        await (await producer.enqueue(key=b"batch", value=b"command", headers=[]))
    finally:
        await producer.stop()

    assert await values_of(guarded, PIPELINE_COMMAND_TOPIC, count=1) == [b"command"]


async def test_the_feed_reads_notifications(guarded: GuardedKafka) -> None:
    """As a member of its group, which commits."""
    async with AIOKafkaProducer(bootstrap_servers=guarded.bootstrap) as platform:
        await platform.send_and_wait(TEACHER_NOTIFICATION_TOPIC, b"notification", partition=0)
    reading = TopicReading(
        bootstrap_servers=guarded.guarded,
        topic=TEACHER_NOTIFICATION_TOPIC,
        group=GROUP,
        security=guarded.security(FEED),
    )
    source = KafkaNotifications(reading, SystemClock())
    try:
        await source.start(release_nothing)
        taken = await take(source, 1)
        await source.commit({Partition(TEACHER_NOTIFICATION_TOPIC, 0): 1})
    finally:
        await source.stop()

    assert [record.value for record in taken[0]] == [b"notification"]


async def test_the_feed_keeps_dead_letters(guarded: GuardedKafka) -> None:
    """In their own topic."""
    letters = KafkaDeadLetters(options(guarded, FEED))

    await letters.send_to_dlq(
        Record(Partition(TEACHER_NOTIFICATION_TOPIC, 0), 0, b"key", b"poison"),
        InvalidRecord(InvalidReason.NOT_JSON, "ValueError", "no JSON"),
    )
    await letters.stop()

    assert await values_of(guarded, dead_letter_topic(TEACHER_NOTIFICATION_TOPIC), count=1) == [b"poison"]


async def test_a_teachers_day_is_allowed(guarded: GuardedKafka, tmp_path: Path) -> None:
    """A command reaches the platform, its answer the teacher; an invalid record is buried. No right is missing."""
    await guarded.create_topics([BATCH_REGISTERED_TOPIC])
    options = StackOptions(
        phase_s=0.05,
        logs=tmp_path,
        gateway_environment={
            **guarded.login(GATEWAY),
            "API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS": guarded.guarded,
            "API_GATEWAY_KAFKA_ENABLE_IDEMPOTENCE": "true",
        },
        websocket_environment={
            **guarded.login(FEED),
            "KAFKA_BOOTSTRAP_SERVERS": guarded.guarded,
            "KAFKA_ENABLE_IDEMPOTENCE": "true",
        },
    )
    stack = Stack(options)
    platform = tmp_path / "upstreams.json"
    replace(UpstreamSettings.from_file(platform), kafka_bootstrap=guarded.bootstrap).to_file(platform)

    async with stack, aiohttp.ClientSession() as client:
        maria = await Browser(client, stack.addresses).logged_in(0)
        async with maria.feed() as feed:
            class_id = await maria.new_class()
            await feed.until("class_created", class_id=class_id)
            batch_id = await maria.new_batch(prompt=True)
            started = await maria.start(batch_id, "nlp")
            await feed.until("batch_validation_failed", batch_id=batch_id)
        async with AIOKafkaProducer(bootstrap_servers=guarded.bootstrap) as producer:
            await producer.send_and_wait(TEACHER_NOTIFICATION_TOPIC, b"no JSON")
        log = stack.parts.feeds[0].log
        await eventually(lambda: "notification.buried" in log.read_text("utf-8"), within_s=BURIED_WITHIN_S)
        logged = [json.loads(line) for name in LOGS for line in (tmp_path / name).read_text("utf-8").splitlines()]

    assert started.status == 202
    assert [line for line in logged if "authoriz" in json.dumps(line).lower()] == []


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        (GATEWAY, TEACHER_NOTIFICATION_TOPIC),
        (FEED, PIPELINE_COMMAND_TOPIC),
        (FEED, TEACHER_NOTIFICATION_TOPIC),
    ],
)
async def test_nobody_writes_elsewhere(guarded: GuardedKafka, user: str, topic: str) -> None:
    """Neither a notification nor, for the feed, a command."""
    security = guarded.security(user).client_options()
    async with AIOKafkaProducer(bootstrap_servers=guarded.guarded, **security) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topic, b"forged")
