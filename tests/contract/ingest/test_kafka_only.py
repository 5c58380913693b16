"""What only a broker can show of the adapters."""

import asyncio
import logging
from pathlib import Path

import pytest

from common.clock import SystemClock
from common.contracts.envelope import dead_letter_topic
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.kafka_producer import KafkaOptions
from sandbox.kafka_server import KafkaServer
from sandbox.ports import LOOPBACK, free_port
from tests.support.eventually import eventually
from tests.support.record_sources import (
    CODECS,
    KafkaTopicWorld,
    new_topic,
    read_directly,
    release_nothing,
    take,
    values,
)
from tests.support.servers import running
from websocket_service.adapters.kafka_batches import Portion
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.adapters.kafka_notifications import KafkaNotifications, TopicReading
from websocket_service.ingest.ports import Partition, Record, UndecodableBatch
from websocket_service.ingest.records import InvalidReason, InvalidRecord

UNFIT = InvalidRecord(InvalidReason.NOT_JSON, "JSONDecodeError", "unexpected character")


@pytest.mark.parametrize("codec", CODECS)
async def test_every_codec_of_a_producer_is_read(kafka_topic: KafkaTopicWorld, codec: str) -> None:
    """Batches that a producer compressed come in like any others, whichever of Kafka's codecs it used."""
    sent = [b"x" * 1000 + bytes([number]) for number in range(20)]
    await kafka_topic.put(0, *sent, codec=codec)
    source = kafka_topic.source()

    await source.start(release_nothing)
    came = await take(source, len(sent))
    await source.stop()

    assert values(came[0]) == sent


def nobodys_address() -> str:
    """Return an address at which no broker listens."""
    return f"{LOOPBACK}:{free_port()}"


async def test_a_dead_letter_holds_the_whole_record_and_why(kafka: KafkaServer, kafka_topic: KafkaTopicWorld) -> None:
    """Key, value and headers are the record's own, with the reason, the error and the place beside them."""
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=kafka.bootstrap, idempotent=False))
    record = Record(Partition(kafka_topic.topic, 1), 7, b"key", b"\xff poison", (("trace", b"t1"),))

    await letters.send_to_dlq(record, UNFIT)
    await letters.stop()

    [letter] = await kafka_topic.all_of(dead_letter_topic(kafka_topic.topic), count=1)
    assert (letter.key, letter.value) == (b"key", b"\xff poison")
    assert dict(letter.headers) == {
        "trace": b"t1",
        "dlq-reason": b"not_json",
        "dlq-error-class": b"JSONDecodeError",
        "dlq-detail": b"unexpected character",
        "dlq-topic": kafka_topic.topic.encode(),
        "dlq-partition": b"1",
        "dlq-offset": b"7",
    }


async def test_what_stands_at_an_offset_can_be_read_again(kafka_topic: KafkaTopicWorld) -> None:
    """Over a connection of its own the broker gives the same records, and nothing behind the last."""
    assert await read_directly(kafka_topic) == ([b"b", b"c"], 3, Portion([], 3))


async def test_a_batchs_letter_has_its_bytes_and_offsets(kafka: KafkaServer, kafka_topic: KafkaTopicWorld) -> None:
    """A batch that can't be decoded is kept as the broker had it, so that it can be read once that is possible."""
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=kafka.bootstrap, idempotent=False))
    batch = UndecodableBatch(
        Partition(kafka_topic.topic, 1),
        7,
        9,
        b"\x00 bytes",
        InvalidRecord(InvalidReason.UNKNOWN_CODEC, "Error", "codec 7"),
    )

    await letters.send_to_dlq(batch, batch.invalid)
    await letters.stop()

    [letter] = await kafka_topic.all_of(dead_letter_topic(kafka_topic.topic), count=1)
    assert letter.value == b"\x00 bytes"
    assert dict(letter.headers) == {
        "dlq-reason": b"unknown_codec",
        "dlq-error-class": b"Error",
        "dlq-detail": b"codec 7",
        "dlq-topic": kafka_topic.topic.encode(),
        "dlq-partition": b"1",
        "dlq-offset": b"7",
        "dlq-last-offset": b"9",
    }


@pytest.mark.parametrize(("key", "value"), [(b"key", None), (None, b"")])
async def test_a_tombstone_can_be_buried(
    kafka: KafkaServer, kafka_topic: KafkaTopicWorld, key: bytes | None, value: bytes | None
) -> None:
    """A record without a value is a letter without one; with neither key nor value, aiokafka must send an empty one."""
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=kafka.bootstrap, idempotent=False))

    await letters.send_to_dlq(Record(Partition(kafka_topic.topic, 0), 0, key, None), UNFIT)
    await letters.stop()

    [letter] = await kafka_topic.all_of(dead_letter_topic(kafka_topic.topic), count=1)
    assert (letter.key, letter.value) == (key, value)


async def test_a_record_larger_than_a_default_request_is_buried_whole(
    kafka: KafkaServer, kafka_topic: KafkaTopicWorld
) -> None:
    """Aiokafka's own limit of one megabyte is not ours."""
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=kafka.bootstrap, idempotent=False))
    value = b"x" * 2_000_000

    await letters.send_to_dlq(Record(Partition(kafka_topic.topic, 0), 0, None, value), UNFIT)
    await letters.stop()

    [letter] = await kafka_topic.all_of(dead_letter_topic(kafka_topic.topic), count=1)
    assert letter.value == value


async def test_a_letter_nobody_takes_is_a_failure_within_its_deadline() -> None:
    """Without a broker the burial fails, so that the record is not committed."""
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=nobodys_address(), idempotent=False))

    with pytest.raises(HuleEduError) as raised:
        await letters.send_to_dlq(Record(Partition("t", 0), 0, None, b"x"), UNFIT)
    await letters.stop()

    assert raised.value.error_code == ErrorCode.KAFKA_PUBLISH_ERROR


async def test_a_broker_that_is_away_is_a_connection_error() -> None:
    """Joining fails in the house's form, and the source can be stopped all the same."""
    source = KafkaNotifications(TopicReading(bootstrap_servers=nobodys_address(), topic="t", group="g"), SystemClock())

    with pytest.raises(HuleEduError) as raised:
        await source.start(release_nothing)
    await source.stop()

    assert raised.value.error_code == ErrorCode.CONNECTION_ERROR


async def test_a_member_that_cannot_leave_its_group_is_gone_all_the_same(tmp_path: Path) -> None:
    """A broker that hangs is told nothing, and of the member no task goes on: it would read for ever, for nobody."""
    before = asyncio.all_tasks()
    async with running(KafkaServer(tmp_path)) as broker:
        topic = await new_topic(broker)
        source = topic.source()
        await source.start(release_nothing)
        await broker.freeze()
        await source.stop()

        await eventually(lambda: asyncio.all_tasks() <= before)


async def test_a_member_leaves_its_group_in_the_first_generation_too(
    kafka_topic: KafkaTopicWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """The broker is told of a member that stops, so that no other one waits for the end of its session."""
    source = kafka_topic.source()
    await source.start(release_nothing)

    with caplog.at_level(logging.INFO, "aiokafka.consumer.group_coordinator"):
        await source.stop()

    assert "LeaveGroup request succeeded" in caplog.messages
