"""The simulated services read on when the sandbox's broker has lost its log."""

import asyncio
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC
from sandbox.kafka_server import KafkaServer
from sandbox.upstreams.connections import CONSUMED, consuming, rewind_after_restarts
from tests.support.eventually import PATIENCE_S
from tests.support.servers import running


async def test_a_log_that_has_grown_again_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Though it is as long as the lost one was, its first record isn't taken for known."""
    async with (
        running(KafkaServer(tmp_path, topics=CONSUMED)) as broker,
        consuming(broker.bootstrap) as consumer,
        asyncio.TaskGroup() as tasks,
    ):
        rewinding = tasks.create_task(rewind_after_restarts(consumer, broker.bootstrap))
        await put(broker, b"of the lost log")
        await read_until(consumer, b"of the lost log")

        await broker.kill()
        await broker.start()
        await put(broker, b"of the new log")
        await read_until(consumer, b"of the new log")

        rewinding.cancel()


async def put(broker: KafkaServer, value: bytes) -> None:
    """Append a record to the first partition of the commands."""
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        await producer.send_and_wait(PIPELINE_COMMAND_TOPIC, value, partition=0)


async def read_until(consumer: AIOKafkaConsumer, value: bytes) -> None:
    """Read until ``value`` comes; fails when it doesn't."""
    async with asyncio.timeout(3 * PATIENCE_S):
        async for record in consumer:
            if record.value == value:
                return
