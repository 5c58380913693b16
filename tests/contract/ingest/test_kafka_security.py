"""Commands, notifications and dead letters reach brokers that encrypt and ask for a user, as the environment says."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka.errors import KafkaError

from api_gateway.adapters.kafka_producer import KafkaProducer
from common.clock import SystemClock
from common.contracts.envelope import dead_letter_topic
from common.kafka_producer import KafkaOptions
from common.settings.kafka import SecurityProtocol
from tests.support.apache_kafka.jars import apache_kafka_jars
from tests.support.apache_kafka.secured import SecuredKafka
from tests.support.record_sources import KafkaTopicWorld, new_topic, read_directly, release_nothing, take
from tests.support.servers import running
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.adapters.kafka_notifications import KafkaNotifications, TopicReading
from websocket_service.ingest.ports import Partition, Record
from websocket_service.ingest.records import InvalidReason, InvalidRecord

pytestmark = pytest.mark.kafka

WAYS = [
    pytest.param(SecurityProtocol.SSL, {}, id="client certificate"),
    pytest.param(SecurityProtocol.SASL_PLAINTEXT, {}, id="scram"),
    pytest.param(SecurityProtocol.SASL_PLAINTEXT, {"KAFKA_SASL_MECHANISM": "PLAIN"}, id="plain"),
    pytest.param(SecurityProtocol.SASL_SSL, {}, id="scram over TLS"),
    pytest.param(SecurityProtocol.SASL_SSL, {"KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}, id="scram-256 over TLS"),
]


@pytest_asyncio.fixture(scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecuredKafka]:
    """A running broker with a listener for each protocol."""
    async with running(SecuredKafka(tmp_path_factory.mktemp("secured"), jars=apache_kafka_jars())) as server:
        yield server


@pytest_asyncio.fixture
async def topic(secured: SecuredKafka) -> KafkaTopicWorld:
    """A topic on it."""
    return await new_topic(secured)


@pytest.mark.parametrize(("protocol", "changes"), WAYS)
async def test_commands_are_acknowledged(
    secured: SecuredKafka, topic: KafkaTopicWorld, protocol: SecurityProtocol, changes: dict[str, str]
) -> None:
    """By the gateway's producer, the idempotent one."""
    options = KafkaOptions(
        bootstrap_servers=secured.address_for(protocol), security=secured.security(protocol, **changes)
    )
    producer = KafkaProducer(options, topic.topic)
    try:
        await producer.start()
        await (await producer.enqueue(key=b"batch", value=b"command", headers=[]))
    finally:
        await producer.stop()

    [record] = await topic.all_of(topic.topic, count=1)
    assert record.value == b"command"


@pytest.mark.parametrize(("protocol", "changes"), WAYS)
async def test_notifications_are_read(
    secured: SecuredKafka, topic: KafkaTopicWorld, protocol: SecurityProtocol, changes: dict[str, str]
) -> None:
    """As a member of the group, which commits what it has read."""
    await topic.put(0, b"notification")
    source = KafkaNotifications(
        TopicReading(
            bootstrap_servers=secured.address_for(protocol),
            topic=topic.topic,
            group=topic.group,
            security=secured.security(protocol, **changes),
        ),
        SystemClock(),
    )
    try:
        await source.start(release_nothing)
        taken = await take(source, 1)
        await source.commit({Partition(topic.topic, 0): 1})
    finally:
        await source.stop()

    assert [record.value for record in taken[0]] == [b"notification"]
    assert await topic.committed(0) == 1


@pytest.mark.parametrize(("protocol", "changes"), WAYS)
async def test_a_second_look_is_let_in(
    secured: SecuredKafka, topic: KafkaTopicWorld, protocol: SecurityProtocol, changes: dict[str, str]
) -> None:
    """What can't be decoded is read again over a connection of its own."""
    options = secured.security(protocol, **changes).client_options()

    values, end, _ = await read_directly(topic, bootstrap_servers=secured.address_for(protocol), **options)

    assert (values, end) == ([b"b", b"c"], 3)


@pytest.mark.parametrize(("protocol", "changes"), WAYS)
async def test_dead_letters_are_kept(
    secured: SecuredKafka, topic: KafkaTopicWorld, protocol: SecurityProtocol, changes: dict[str, str]
) -> None:
    """By the feed's producer."""
    options = KafkaOptions(
        bootstrap_servers=secured.address_for(protocol), security=secured.security(protocol, **changes)
    )
    letters = KafkaDeadLetters(options)

    await letters.send_to_dlq(
        Record(Partition(topic.topic, 0), 0, b"key", b"poison"),
        InvalidRecord(InvalidReason.TOO_LARGE, "ValueError", "large"),
    )
    await letters.stop()

    [letter] = await topic.all_of(dead_letter_topic(topic.topic), count=1)
    assert letter.value == b"poison"


@pytest.mark.parametrize(
    ("protocol", "changes"),
    [
        pytest.param(SecurityProtocol.SASL_SSL, {"KAFKA_SASL_PASSWORD": "another"}, id="a wrong password"),
        pytest.param(SecurityProtocol.SSL, {"KAFKA_SSL_CAFILE": ""}, id="an authority that isn't trusted"),
    ],
)
async def test_who_is_not_let_in_is_told(
    secured: SecuredKafka, topic: KafkaTopicWorld, protocol: SecurityProtocol, changes: dict[str, str]
) -> None:
    """Neither a wrong password nor a foreign certificate is tried for ever."""
    options = KafkaOptions(
        bootstrap_servers=secured.address_for(protocol), security=secured.security(protocol, **changes)
    )
    producer = KafkaProducer(options, topic.topic)
    try:
        with pytest.raises((KafkaError, OSError)):
            await producer.start()
    finally:
        await producer.stop()
