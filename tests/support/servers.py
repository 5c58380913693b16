"""Real servers for tests: one Valkey and one Kafka-protocol broker for each test session, on free ports.

``tests/conftest.py`` makes the fixtures here known to every test. They are shared: a test that writes uses keys,
topics and groups of its own (:func:`unique`), and one that stops a server starts its own RedisServer or KafkaServer.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from sandbox.kafka_server import KafkaServer
from sandbox.redis_server import RedisServer


def unique(stem: str) -> str:
    """Return a name beginning with ``stem`` that no other test uses."""
    return f"{stem}-{uuid4().hex[:12]}"


@pytest_asyncio.fixture(scope="session")
async def valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    """A running Valkey: ``valkey.url``."""
    server = RedisServer(tmp_path_factory.mktemp("valkey"))
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@pytest_asyncio.fixture(scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    """A running broker without topics: ``kafka.bootstrap``, ``await kafka.create_topics([…])``."""
    server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
