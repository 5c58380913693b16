"""Records that can never be told, kept in the topic's dead letter topic."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import structlog
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from common.contracts.envelope import dead_letter_topic
from common.errors.codes import ErrorCode
from common.kafka_producer import KafkaOptions, ProducerConnection
from websocket_service import fail
from websocket_service.ingest.ports import Fetched, UndecodableBatch
from websocket_service.ingest.records import InvalidRecord

BURY_DEADLINE_S: Final = 5.0
STOP_DEADLINE_S: Final = 2.5
_REQUEST_DEADLINE_S: Final = 2.0
_LARGEST_REQUEST_BYTES: Final = 64 * 1024 * 1024
"""What we would send; what a topic takes is the broker's to say."""

_logger = structlog.get_logger(__name__)
Headers = list[tuple[str, bytes]]


class Producer(Protocol):
    """What dead letters need of aiokafka's producer."""

    async def start(self) -> None:
        """Connect, or raise KafkaError or OSError."""
        ...

    async def send_and_wait(self, topic: str, value: bytes | None, *, key: bytes | None, headers: Headers) -> object:
        """Return once the brokers have the record."""
        ...

    async def stop(self) -> None:
        """Close; called also when it could not connect."""
        ...


def _new_producer(options: KafkaOptions) -> Producer:
    producer: Producer = options.new_producer(
        request_timeout_s=_REQUEST_DEADLINE_S, max_request_size=_LARGEST_REQUEST_BYTES
    )
    return producer


class KafkaDeadLetters:
    """Implements :class:`websocket_service.ingest.ports.DeadLetters`.

    The letter has the record's key, value and headers, and beside them ``dlq-reason`` (see InvalidReason),
    ``dlq-error-class``, ``dlq-detail``, ``dlq-topic``, ``dlq-partition`` and ``dlq-offset``. A value that the dead
    letter topic won't take is left where it is; ``dlq-value-bytes`` then tells its size. aiokafka sends nothing that
    has neither key nor value, so such a record's letter has an empty value.

    The letter of a batch that can't be decoded has the batch's bytes as its value, and ``dlq-last-offset``.

    Args:
        options: where the brokers are. The first letter connects to them, since most processes never see one.
        new_producer: makes an unconnected producer.
    """

    def __init__(
        self, options: KafkaOptions, *, new_producer: Callable[[KafkaOptions], Producer] = _new_producer
    ) -> None:
        self._connection = ProducerConnection(partial(new_producer, options), stop_deadline_s=STOP_DEADLINE_S)

    async def send_to_dlq(self, record: Fetched, invalid: InvalidRecord) -> None:
        """Send the letter; see the port."""
        topic = dead_letter_topic(record.partition.topic)
        key, content, own_headers = _contents(record)
        headers = [*own_headers, *_reasons(record, invalid)]
        nothing = b"" if key is None else None
        value = nothing if content is None else content
        try:
            async with asyncio.timeout(BURY_DEADLINE_S):
                try:
                    await self._send(topic, value, key=key, headers=headers)
                except MessageSizeTooLargeError:
                    size = ("dlq-value-bytes", str(len(value or b"")).encode())
                    await self._send(topic, nothing, key=key, headers=[*headers, size])
        except (KafkaError, OSError) as error:
            raise fail.during("bury_record").error(
                ErrorCode.KAFKA_PUBLISH_ERROR,
                f"The dead letter was not confirmed: {type(error).__name__}.",
                details={"topic": topic},
            ) from error

    async def stop(self) -> None:
        """Let go of the broker; see the port."""
        await self._connection.close()

    async def _send(self, topic: str, value: bytes | None, *, key: bytes | None, headers: Headers) -> None:
        producer = await self._connection.connect()
        try:
            await producer.send_and_wait(topic, value, key=key, headers=headers)
        except KafkaError as failure:
            if self._connection.is_broken(producer, failure):
                _logger.warning("dead_letters.producer_broken", cause=repr(failure))
                await self._connection.close()
            raise


def _contents(record: Fetched) -> tuple[bytes | None, bytes | None, Headers]:
    if isinstance(record, UndecodableBatch):
        return None, record.content, []
    return record.key, record.value, list(record.headers)


def _reasons(record: Fetched, invalid: InvalidRecord) -> Headers:
    told = {
        "reason": invalid.reason,
        "error-class": invalid.error_class,
        "detail": invalid.detail,
        "topic": record.partition.topic,
        "partition": str(record.partition.number),
        "offset": str(record.offset),
    }
    if isinstance(record, UndecodableBatch):
        told["last-offset"] = str(record.last_offset)
    return [(f"dlq-{name}", fact.encode()) for name, fact in told.items()]
