from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.kafka_server import KafkaServer
from tests.support.apache_kafka.jars import apache_kafka_jars
from tests.support.apache_kafka.server import ApacheKafkaServer
from tests.support.record_sources import FakeTopicWorld, KafkaTopicWorld, TopicWorld, new_topic
from tests.support.servers import running


@pytest.fixture
def fake_topic() -> FakeTopicWorld:
    """A topic in memory."""
    return FakeTopicWorld()


@pytest_asyncio.fixture
async def kafka_topic(kafka: KafkaServer) -> KafkaTopicWorld:
    """A topic on the broker."""
    return await new_topic(kafka)


@pytest_asyncio.fixture(scope="package")
async def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApacheKafkaServer]:
    """A running Apache Kafka without topics."""
    async with running(ApacheKafkaServer(tmp_path_factory.mktemp("apache"), jars=apache_kafka_jars())) as server:
        yield server


@pytest_asyncio.fixture
async def apache_topic(apache_kafka: ApacheKafkaServer) -> KafkaTopicWorld:
    """A topic on Apache Kafka."""
    return await new_topic(apache_kafka)


@pytest.fixture(params=["fake_topic", "kafka_topic", pytest.param("apache_topic", marks=pytest.mark.kafka)])
def topic(request: pytest.FixtureRequest) -> TopicWorld:
    """Each world in turn."""
    found: TopicWorld = request.getfixturevalue(request.param)
    return found
