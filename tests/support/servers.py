"""Real servers for tests: one Valkey and one Kafka-protocol broker for each test session, on free ports.

``tests/conftest.py`` makes the fixtures here known to every test. They are shared: a test that writes uses keys,
topics and groups of its own (:func:`unique`), and one that stops a server starts its own RedisServer or KafkaServer.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import uuid4

import pytest
import pytest_asyncio

from sandbox.kafka_server import KafkaServer
from sandbox.processes import ManagedProcess
from sandbox.redis_server import RedisServer

ProcessT = TypeVar("ProcessT", bound=ManagedProcess)


def unique(stem: str) -> str:
    """Return a name beginning with ``stem`` that no other test uses."""
    return f"{stem}-{uuid4().hex[:12]}"


@asynccontextmanager
async def stop_at_end(process: ProcessT) -> AsyncIterator[ProcessT]:
    """Have the process stopped at the block's end whatever happens: one left running fails another test."""
    try:
        yield process
    finally:
        await process.stop()


@asynccontextmanager
async def running(process: ProcessT) -> AsyncIterator[ProcessT]:
    """Have the process started, and stopped whatever happens."""
    async with stop_at_end(process):
        await process.start()
        yield process


@pytest_asyncio.fixture(scope="session")
async def valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    """A running Valkey: ``valkey.url``."""
    async with running(RedisServer(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    """A running broker without topics: ``kafka.bootstrap``, ``await kafka.create_topics([…])``."""
    async with running(KafkaServer(tmp_path_factory.mktemp("kafka"))) as server:
        yield server
