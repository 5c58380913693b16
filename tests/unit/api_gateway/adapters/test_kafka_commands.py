"""Whatever Kafka does, a command's caller learns in time whether it was sent, and nothing stays half done."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import errors as kafka_errors
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced, RequestTimedOutError
from prometheus_client import CollectorRegistry
from pydantic import JsonValue

from api_gateway.adapters.kafka_commands import PUBLISH_DEADLINE_S, KafkaCommands
from common.contracts.envelope import EventEnvelope
from common.contracts.pipeline_command import PipelineCommand
from common.errors.exceptions import HuleEduError
from tests.fakes.kafka_producer import FakeKafkaProducer
from tests.support.eventually import eventually
from tests.support.pipeline_commands import a_command

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def tree(root: type[BaseException]) -> Iterator[type[BaseException]]:
    """Yield ``root`` and everything below it."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def made(kind: type[BaseException]) -> BaseException:
    """Return an exception of ``kind`` whatever its constructor asks for."""
    return kind.__new__(kind)


EVERY_KAFKA_ERROR = sorted(set(tree(KafkaError)), key=lambda kind: kind.__name__)


@asynccontextmanager
async def running(*producers: FakeKafkaProducer) -> AsyncIterator[KafkaCommands]:
    """Run commands over ``producers``, each the next one to connect, until the block ends."""
    waiting = iter(producers)
    commands = KafkaCommands(lambda: next(waiting), CollectorRegistry())
    async with asyncio.TaskGroup() as group:
        job = group.create_task(commands.run())
        await eventually(lambda: producers[0].started)
        await asyncio.sleep(0)
        try:
            yield commands
        finally:
            job.cancel()


def test_the_error_tree_was_found() -> None:
    """The walk below is over aiokafka's whole tree, not over nothing."""
    assert {kafka_errors.KafkaTimeoutError, kafka_errors.UnknownError} <= set(EVERY_KAFKA_ERROR)
    assert len(EVERY_KAFKA_ERROR) > 80


async def test_an_acknowledged_command_is_under_its_batch() -> None:
    """The record is keyed by the batch, so that one batch's commands stay in order."""
    producer = FakeKafkaProducer()
    command = a_command("batch-1")

    async with running(producer) as commands:
        await commands.publish(command)

    ((key, value),) = producer.records
    assert key == b"batch-1"
    assert EventEnvelope[PipelineCommand].model_validate_json(value) == command


@pytest.mark.parametrize("kind", [*EVERY_KAFKA_ERROR, OSError, TimeoutError])
async def test_a_failure_before_the_record_was_taken_means_not_sent(kind: type[BaseException]) -> None:
    """No error of aiokafka's gets out untranslated, and the caller may safely try again."""
    async with running(FakeKafkaProducer(on_enqueue=made(kind)), FakeKafkaProducer()) as commands:
        with pytest.raises(HuleEduError) as refused:
            await commands.publish(a_command())

    assert refused.value.error_code == "KAFKA_PUBLISH_ERROR"
    assert refused.value.error_detail.details["outcome"] == "not_sent"
    assert refused.value.headers["Retry-After"]


@pytest.mark.parametrize("kind", [*EVERY_KAFKA_ERROR, OSError, TimeoutError])
async def test_a_failure_after_the_record_was_taken_means_unknown(kind: type[BaseException]) -> None:
    """Once handed over, a record may be in the log whatever the error says."""
    async with running(FakeKafkaProducer(on_ack=made(kind)), FakeKafkaProducer()) as commands:
        with pytest.raises(HuleEduError) as refused:
            await commands.publish(a_command())

    assert refused.value.error_code == "KAFKA_PUBLISH_ERROR"
    assert refused.value.error_detail.details["outcome"] == "unknown"
    assert refused.value.headers["Retry-After"]


async def test_the_record_tells_what_repeats_are_dropped_by() -> None:
    """The platform's six headers, and the caller's trace, each as the platform's own producers write it."""
    trace: dict[str, JsonValue] = {"traceparent": TRACE, "tracestate": "a=b"}
    command = a_command().model_copy(update={"metadata": trace | {"org_id": "school-1"}})
    producer = FakeKafkaProducer()

    async with running(producer) as commands:
        await commands.publish(command)

    (headers,) = producer.headers
    assert headers == [
        ("event_id", str(command.event_id).encode()),
        ("event_type", b"huleedu.commands.batch.pipeline.v1"),
        ("trace_id", str(command.correlation_id).encode()),
        ("source_service", b"api-gateway-service"),
        ("schema_version", b"1"),
        ("occurred_at", command.event_timestamp.isoformat().encode()),
        ("traceparent", TRACE.encode()),
        ("tracestate", b"a=b"),
    ]


async def test_a_silent_broker_costs_less_than_the_deadline_allows() -> None:
    """A publish ends though no acknowledgement ever comes, at a deadline below the 5 s that the page allows."""
    producer = FakeKafkaProducer()
    producer.acks.clear()

    async with running(producer) as commands:
        with pytest.raises(HuleEduError) as refused:
            await commands.publish(a_command())

    assert PUBLISH_DEADLINE_S < 5
    assert refused.value.error_detail.details["outcome"] == "unknown"


async def test_a_caller_who_leaves_does_not_stop_the_command() -> None:
    """Cancelling a publish leaves its delivery running to the end."""
    producer = FakeKafkaProducer()
    producer.acks.clear()

    async with running(producer) as commands:
        async with asyncio.TaskGroup() as group:
            caller = group.create_task(commands.publish(a_command()))
            await eventually(lambda: bool(producer.records))
            caller.cancel()
        producer.acks.set()

    assert len(producer.records) == 1
    assert producer.stopped


async def test_ending_waits_for_what_is_under_way() -> None:
    """A publish in flight when the job is cancelled is still acknowledged to its caller."""
    producer = FakeKafkaProducer()
    producer.acks.clear()
    commands = KafkaCommands(lambda: producer, CollectorRegistry())

    async with asyncio.TaskGroup() as group:
        job = group.create_task(commands.run())
        await eventually(lambda: producer.started)
        published = group.create_task(commands.publish(a_command()))
        await eventually(lambda: bool(producer.records))
        job.cancel()
        await asyncio.sleep(0)
        producer.acks.set()

    assert published.exception() is None
    assert producer.stopped


async def test_without_its_job_nothing_is_sent() -> None:
    """Before the job runs and after it ended, a publish is refused at once."""
    commands = KafkaCommands(FakeKafkaProducer, CollectorRegistry())

    with pytest.raises(HuleEduError) as refused:
        await commands.publish(a_command())

    assert refused.value.error_detail.details["outcome"] == "not_sent"


async def test_a_command_that_comes_before_the_connection_waits_for_it() -> None:
    """A process that has just started refuses none that Kafka would have taken a moment later."""
    producer = FakeKafkaProducer()
    producer.reachable.clear()
    commands = KafkaCommands(lambda: producer, CollectorRegistry())

    async with asyncio.TaskGroup() as group:
        job = group.create_task(commands.run())
        await asyncio.sleep(0)
        published = group.create_task(commands.publish(a_command()))
        for _ in range(5):
            await asyncio.sleep(0)
        done_before = published.done()
        producer.reachable.set()
        await published
        job.cancel()

    assert not done_before
    assert len(producer.records) == 1


async def test_a_broker_that_comes_late_is_found() -> None:
    """The job keeps trying with a new producer, and closes each that couldn't connect."""
    absent, present = FakeKafkaProducer(on_start=KafkaConnectionError()), FakeKafkaProducer()
    producers = iter([absent, present])
    commands = KafkaCommands(lambda: next(producers), CollectorRegistry())

    async with asyncio.TaskGroup() as group:
        job = group.create_task(commands.run())
        await eventually(lambda: present.started)
        await asyncio.sleep(0)
        await commands.publish(a_command())
        job.cancel()

    assert absent.stopped
    assert len(present.records) == 1


@pytest.mark.parametrize("fault", [ProducerFenced(), KafkaError("Unexpected error during batch delivery")])
async def test_a_producer_that_died_is_replaced(fault: KafkaError) -> None:
    """After an error aiokafka's producer never recovers from, the next command goes over a new one."""
    broken, sound = FakeKafkaProducer(on_enqueue=fault), FakeKafkaProducer()

    async with running(broken, sound) as commands:
        with pytest.raises(HuleEduError):
            await commands.publish(a_command())
        await eventually(lambda: sound.started)
        await asyncio.sleep(0)
        await commands.publish(a_command())

    assert broken.stopped
    assert len(sound.records) == 1


async def test_a_passing_failure_keeps_the_producer() -> None:
    """A timeout doesn't cost the connection: aiokafka's producer recovers by itself."""
    producer = FakeKafkaProducer(on_ack=RequestTimedOutError())

    async with running(producer) as commands:
        with pytest.raises(HuleEduError):
            await commands.publish(a_command())
        producer.on_ack = None
        await commands.publish(a_command())

    assert len(producer.records) == 2


async def test_health_is_the_connections() -> None:
    """The probe says whether a broker answers, before, while and after there is one."""
    commands = KafkaCommands(FakeKafkaProducer, CollectorRegistry())
    before = await commands.health()

    async with running(FakeKafkaProducer()) as connected:
        during = await connected.health()
    after = await connected.health()

    assert [before.healthy, during.healthy, after.healthy] == [False, True, False]
    assert not during.required


@pytest.mark.parametrize("outcome", ["acked", "not_sent", "unknown"])
def test_every_outcome_is_counted_from_0(outcome: str) -> None:
    """An alert on growth sees the first failure too."""
    registry = CollectorRegistry()

    KafkaCommands(FakeKafkaProducer, registry)

    assert registry.get_sample_value("pipeline_commands_total", {"outcome": outcome}) == 0
