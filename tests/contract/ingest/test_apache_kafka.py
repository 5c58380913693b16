"""What the sandbox's broker can't show: idempotent producers, its own limits, and a log that survives."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from common.contracts.envelope import dead_letter_topic
from common.kafka_producer import KafkaOptions
from sandbox.redis_server import RedisServer
from tests.support.apache_kafka.jars import apache_kafka_jars
from tests.support.apache_kafka.server import ApacheKafkaServer
from tests.support.eventually import eventually
from tests.support.kafka_client_logs import kafka_client_logs
from tests.support.kafka_records import consuming, everything, value
from tests.support.notification_logs import new_user
from tests.support.real_ingest import real_ingest
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
from websocket_service.ingest.ports import Partition, Record
from websocket_service.ingest.records import InvalidReason, InvalidRecord

pytestmark = pytest.mark.kafka

TOO_LARGE = InvalidRecord(InvalidReason.TOO_LARGE, "ValueError", "large")


async def test_letters_are_sent_idempotently(apache_kafka: ApacheKafkaServer, apache_topic: KafkaTopicWorld) -> None:
    """With an idempotent producer a letter is there once."""
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=apache_kafka.bootstrap))

    await letters.send_to_dlq(Record(Partition(apache_topic.topic, 0), 0, b"key", b"poison"), TOO_LARGE)
    await letters.stop()

    [letter] = await apache_topic.all_of(dead_letter_topic(apache_topic.topic), count=1)
    assert letter.value == b"poison"


async def test_a_value_the_broker_refuses_stays_where_it_is(
    apache_kafka: ApacheKafkaServer, apache_topic: KafkaTopicWorld
) -> None:
    """The letter of a record that is too large for the dead letter topic tells where the record is and its size."""
    letters = KafkaDeadLetters(KafkaOptions(bootstrap_servers=apache_kafka.bootstrap))

    await letters.send_to_dlq(Record(Partition(apache_topic.topic, 1), 7, b"key", b"x" * 2_000_000), TOO_LARGE)
    await letters.stop()

    [letter] = await apache_topic.all_of(dead_letter_topic(apache_topic.topic), count=1)
    headers = dict(letter.headers)
    assert (letter.key, letter.value) == (b"key", None)
    assert (headers["dlq-value-bytes"], headers["dlq-offset"]) == (b"2000000", b"7")


async def test_what_stands_at_an_offset_can_be_read_again(apache_topic: KafkaTopicWorld) -> None:
    """Over a connection of its own the broker gives the same records, and nothing behind the last."""
    assert await read_directly(apache_topic) == ([b"b", b"c"], 3, Portion([], 3))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("whose", ["producer", "topic"])
async def test_every_codec_is_read(apache_kafka: ApacheKafkaServer, codec: str, whose: str) -> None:
    """Batches come in whether the producer compressed them or the broker did, for the topic's ``compression.type``."""
    topic = KafkaTopicWorld(apache_kafka)
    await topic.create_configured(compression_type=codec if whose == "topic" else "producer")
    sent = [b"x" * 1000 + bytes([number]) for number in range(20)]
    await topic.put(0, *sent, codec=codec if whose == "producer" else None)
    source = topic.source()

    await source.start(release_nothing)
    came = await take(source, len(sent))
    await source.stop()

    assert values(came[0]) == sent


async def test_records_that_expired_are_told(apache_topic: KafkaTopicWorld) -> None:
    """Where the topic's retention removed what was next, reading goes on behind it, and says how many are lost."""
    await apache_topic.put(0, b"a", b"b", b"c", b"d", b"e")
    first, second = apache_topic.source(), apache_topic.source()
    await first.start(release_nothing)
    await take(first, 5)
    await first.commit({Partition(apache_topic.topic, 0): 1})
    await first.stop()
    await apache_topic.expire(0, before=4)

    with capture_logs() as lines:
        await second.start(release_nothing)
        came = await take(second, 1)
        await second.stop()

    assert values(came[0]) == [b"e"]
    assert (first.expired, second.expired) == (0, 3)
    [told] = [line for line in lines if line["event"] == "notifications.offset_out_of_range"]
    assert (told["offset"], told["next_offset"], told["expired"]) == (1, 4, 3)


async def test_nothing_is_lost_or_doubled_when_the_broker_is_killed(tmp_path: Path, valkey: RedisServer) -> None:
    """Through a broker that is killed and started again, every record is logged once, in order, and committed."""
    async with running(ApacheKafkaServer(tmp_path, jars=apache_kafka_jars())) as broker:
        topic, user = await new_topic(broker), new_user()
        async with real_ingest(valkey.url, topic) as processor:
            async with consuming(processor.consumer):
                await topic.put(0, *(value(user, number) for number in range(50)))
                await eventually(lambda: processor.counters.appended > 10, within_s=60)
                await broker.kill()
                await broker.start()
                await topic.put(0, *(value(user, number) for number in range(50, 100)))
                await eventually(lambda: processor.counters.appended == 100, within_s=60)

            assert await everything(processor.log, user) == list(range(100))
        assert await topic.committed(0) == 100
        assert processor.counters.unaccounted == 0


async def test_a_rebalance_is_no_warning(apache_topic: KafkaTopicWorld) -> None:
    """A member that comes and goes is told by info lines alone, aiokafka's among them."""
    first, second = apache_topic.source(), apache_topic.source()

    with kafka_client_logs() as events:

        def assignments() -> list[list[int]]:
            return [line["partitions"] for line in events if line["event"] == "notifications.partitions_assigned"]

        await first.start(release_nothing)
        await second.start(release_nothing)
        await eventually(lambda: [0] in assignments() and [1] in assignments())
        await second.stop()
        await eventually(lambda: assignments()[-1] == [0, 1])
        await first.stop()

    assert [line for line in events if line["log_level"] != "info"] == []
    assert "kafka.group_changes" in {line["event"] for line in events}
