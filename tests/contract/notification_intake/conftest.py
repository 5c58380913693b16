import pytest
import pytest_asyncio

from sandbox.kafka_server import KafkaServer
from tests.support.record_sources import FakeTopicWorld, KafkaTopicWorld, TopicWorld, new_topic


@pytest.fixture
def fake_topic() -> FakeTopicWorld:
    """A topic in memory."""
    return FakeTopicWorld()


@pytest_asyncio.fixture
async def kafka_topic(kafka: KafkaServer) -> KafkaTopicWorld:
    """A topic on the broker."""
    return await new_topic(kafka)


@pytest.fixture(params=["fake_topic", "kafka_topic"])
def topic(request: pytest.FixtureRequest) -> TopicWorld:
    """Each world in turn."""
    found: TopicWorld = request.getfixturevalue(request.param)
    return found
