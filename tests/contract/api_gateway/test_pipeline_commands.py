"""What the pipeline command port promises, held by the fake and by Kafka."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from prometheus_client import CollectorRegistry
from pydantic import JsonValue

from api_gateway.adapters.kafka_commands import KafkaCommands
from api_gateway.adapters.kafka_producer import KafkaProducer
from api_gateway.ports import PipelineCommands
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC
from common.errors.exceptions import HuleEduError
from common.kafka_producer import KafkaOptions
from sandbox.kafka_server import KafkaServer
from tests.fakes.pipeline_commands import FakePipelineCommands
from tests.support.eventually import eventually
from tests.support.pipeline_commands import a_command
from tests.support.servers import running, unique

Record = dict[str, JsonValue]


@dataclass(frozen=True)
class Platform:
    """The port, and how to read what arrived at the platform for one batch."""

    commands: PipelineCommands
    records_of: Callable[[str], Awaitable[list[Record]]]


@asynccontextmanager
async def connected(bootstrap: str) -> AsyncIterator[KafkaCommands]:
    """Run the real adapter, connected, for the block."""
    options = KafkaOptions(bootstrap_servers=bootstrap, idempotent=False)
    commands = KafkaCommands(partial(KafkaProducer, options, PIPELINE_COMMAND_TOPIC), CollectorRegistry())

    async def is_connected() -> bool:
        return (await commands.health()).healthy

    async with asyncio.TaskGroup() as group:
        job = group.create_task(commands.run())
        await eventually(is_connected)
        try:
            yield commands
        finally:
            job.cancel()


def a_broker(folder: Path) -> AbstractAsyncContextManager[KafkaServer]:
    """Run a broker of the test's own that knows the commands' topic."""
    return running(KafkaServer(folder, topics=[PIPELINE_COMMAND_TOPIC]))


async def read_records(bootstrap: str, batch_id: str) -> list[ConsumerRecord]:
    """Return the batch's records, from the beginning of the topic."""
    consumer = AIOKafkaConsumer(
        PIPELINE_COMMAND_TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    found: list[ConsumerRecord] = []
    async with consumer:
        for place, end in (await consumer.end_offsets(consumer.assignment())).items():
            while await consumer.position(place) < end:
                found += (await consumer.getmany(place, timeout_ms=500)).get(place, [])
    return [record for record in found if record.key == batch_id.encode()]


async def read_back(bootstrap: str, batch_id: str) -> list[Record]:
    """Return the values of the batch's records."""
    return [json.loads(record.value) for record in await read_records(bootstrap, batch_id)]


@pytest.fixture(params=["fake", "kafka"])
async def platform(request: pytest.FixtureRequest, kafka: KafkaServer) -> AsyncIterator[Platform]:
    """The port, fake and real."""
    if request.param == "fake":
        fake = FakePipelineCommands()

        async def kept(batch_id: str) -> list[Record]:
            sent = [each for each in fake.published if each.data.batch_id == batch_id]
            return [json.loads(each.to_bytes()) for each in sent]

        yield Platform(fake, kept)
        return
    await kafka.create_topics([PIPELINE_COMMAND_TOPIC])
    async with connected(kafka.bootstrap) as commands:
        yield Platform(commands, partial(read_back, kafka.bootstrap))


async def test_what_was_published_can_be_read(platform: Platform) -> None:
    """Once publish has returned, the platform has the command under its batch, whole and unchanged."""
    command = a_command(unique("batch"))

    await platform.commands.publish(command)

    (record,) = await platform.records_of(command.data.batch_id)
    assert record == json.loads(command.to_bytes())


async def test_a_record_carries_its_headers(kafka: KafkaServer) -> None:
    """A consumer that reads no value finds event id and type, by which it drops a repeat."""
    command = a_command(unique("batch"))
    await kafka.create_topics([PIPELINE_COMMAND_TOPIC])

    async with connected(kafka.bootstrap) as commands:
        await commands.publish(command)

    (record,) = await read_records(kafka.bootstrap, command.data.batch_id)
    assert list(record.headers) == list(command.record_headers())


async def test_commands_of_a_batch_keep_their_order(platform: Platform) -> None:
    """Commands published one after the other arrive so."""
    first, second = a_command(unique("batch")), a_command()
    second = second.model_copy(update={"data": first.data})

    await platform.commands.publish(first)
    await platform.commands.publish(second)

    records = await platform.records_of(first.data.batch_id)
    assert [record["event_id"] for record in records] == [str(first.event_id), str(second.event_id)]


async def test_a_broker_that_is_gone_is_told(tmp_path: Path) -> None:
    """With the broker's port closed a publish fails, and nothing was sent."""
    async with a_broker(tmp_path) as broker, connected(broker.bootstrap) as commands:
        await commands.publish(a_command())
        await broker.stop()
        with pytest.raises(HuleEduError) as refused:
            await commands.publish(a_command())

    assert refused.value.error_code == "KAFKA_PUBLISH_ERROR"
    assert refused.value.error_detail.details["outcome"] == "not_sent"


async def test_a_broker_that_hangs_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    """Of a broker that takes the record and never answers, nobody claims to know what it did."""
    async with a_broker(tmp_path) as broker, connected(broker.bootstrap) as commands:
        await commands.publish(a_command())
        await broker.freeze()
        with pytest.raises(HuleEduError) as refused:
            await commands.publish(a_command())
        broker.thaw()

    assert refused.value.error_detail.details["outcome"] == "unknown"


async def test_a_broker_that_comes_back_is_used_again(tmp_path: Path) -> None:
    """After the broker's return commands pass again, without a restart of ours."""
    async with a_broker(tmp_path) as broker, connected(broker.bootstrap) as commands:
        await commands.publish(a_command())
        await broker.stop()
        with pytest.raises(HuleEduError):
            await commands.publish(a_command())
        await broker.start()

        async def passes() -> bool:
            try:
                await commands.publish(a_command())
            except HuleEduError:
                return False
            return True

        await eventually(passes)
