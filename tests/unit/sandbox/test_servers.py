"""The real servers start, answer, keep what they promise to keep, and stop."""

from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from redis.asyncio import Redis

from sandbox.errors import ProcessEndedError
from sandbox.kafka_server import KafkaServer
from sandbox.redis_server import RedisServer
from tests.support.servers import running, unique


async def test_valkey_keeps_confirmed_writes_through_a_kill(tmp_path: Path) -> None:
    """What Valkey has confirmed is there after kill -9 and a start on the same port."""
    async with running(RedisServer(tmp_path)) as server:
        async with Redis.from_url(server.url) as client:
            await client.set("lesson", "read")
        await server.kill()

        await server.start()

        async with Redis.from_url(server.url) as client:
            assert await client.get("lesson") == b"read"
    assert not server.running


async def test_a_server_that_cannot_start_says_why_and_where_its_log_is(tmp_path: Path) -> None:
    """A failed start is one message with the exit code, the log's path and its last lines."""
    server = RedisServer(tmp_path, options={"maxmemory": "not-a-size"})

    with pytest.raises(ProcessEndedError, match="valkey ended with exit code 1") as raised:
        await server.start()

    assert str(server.log) in str(raised.value)
    assert "not-a-size" in str(raised.value)


async def test_the_broker_needs_no_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its package keeps the program there; where that can't be written, the sandbox's folder holds it."""
    monkeypatch.setenv("HOME", "/dev/null")

    async with running(KafkaServer(tmp_path)) as server:
        assert server.command[0] == str(tmp_path / "tansu")
        assert await server.answers()


async def test_a_record_goes_through_the_broker(kafka: KafkaServer) -> None:
    """What is produced to a topic is consumed from it."""
    topic = unique("topic")
    await kafka.create_topics([topic], partitions=1)

    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await producer.send_and_wait(topic, b"hej")
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()

    assert record.value == b"hej"


async def test_creating_a_topic_twice_leaves_it_as_it_is(kafka: KafkaServer) -> None:
    """Asking for an existing topic is no error."""
    topic = unique("topic")
    await kafka.create_topics([topic])

    await kafka.create_topics([topic])


async def test_the_shared_valkey_answers(valkey: RedisServer) -> None:
    """The session's Valkey is up and takes commands."""
    async with Redis.from_url(valkey.url) as client:
        await client.set(unique("key"), "1", ex=10)

    assert await valkey.answers()
