"""What becomes of the producer of dead letters when a letter can't be sent."""

import asyncio

import pytest
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerFenced, RequestTimedOutError

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.kafka_producer import KafkaOptions
from tests.fakes.letter_producer import FakeLetterProducer
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.ingest.ports import Partition, Record
from websocket_service.ingest.records import InvalidReason, InvalidRecord

RECORD = Record(Partition("t", 0), 0, b"key", b"poison")
UNFIT = InvalidRecord(InvalidReason.NOT_JSON, "JSONDecodeError", "unexpected character")


def letters_over(*producers: FakeLetterProducer) -> KafkaDeadLetters:
    """Return dead letters that take one of these after the other."""
    left = iter(producers)
    return KafkaDeadLetters(KafkaOptions(bootstrap_servers="nowhere:1"), new_producer=lambda _options: next(left))


@pytest.mark.parametrize(
    "failure", [ProducerFenced(), OutOfOrderSequenceNumber(), KafkaError("Unexpected error during batch delivery")]
)
async def test_a_producer_that_died_is_replaced(failure: KafkaError) -> None:
    """After an error aiokafka's producer never recovers from it is closed, and the next letter goes over a new one."""
    dead, sound = FakeLetterProducer(failure), FakeLetterProducer()
    letters = letters_over(dead, sound)

    with pytest.raises(HuleEduError) as refused:
        await letters.send_to_dlq(RECORD, UNFIT)
    await letters.send_to_dlq(RECORD, UNFIT)

    assert refused.value.error_code is ErrorCode.KAFKA_PUBLISH_ERROR
    assert dead.stopped
    assert sound.values == [b"poison"]
    assert not sound.stopped


async def test_letters_that_fail_together_replace_it_once() -> None:
    """However many letters fail with one producer, the one that takes its place stays."""
    dead, sound = FakeLetterProducer(ProducerFenced()), FakeLetterProducer()
    letters = letters_over(dead, sound)

    async def bury_in_the_end() -> None:
        while not sound.values:
            try:
                await letters.send_to_dlq(RECORD, UNFIT)
            except HuleEduError:
                await asyncio.sleep(0)

    await asyncio.gather(*(bury_in_the_end() for _ in range(5)))

    assert dead.stopped
    assert not sound.stopped


async def test_a_passing_failure_keeps_the_producer() -> None:
    """A timeout doesn't cost the connection: aiokafka's producer recovers by itself."""
    producer = FakeLetterProducer(RequestTimedOutError())
    letters = letters_over(producer)

    with pytest.raises(HuleEduError):
        await letters.send_to_dlq(RECORD, UNFIT)
    producer.failure = None
    await letters.send_to_dlq(RECORD, UNFIT)

    assert producer.values == [b"poison"]
    assert not producer.stopped
