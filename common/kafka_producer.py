"""A service's one Kafka producer: how it is made, connected, replaced when it has died, and closed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerClosed, ProducerFenced, UnknownProducerId

from common.settings.kafka import PLAINTEXT, KafkaSecurity

_NEVER_RECOVERS: Final = (ProducerClosed, ProducerFenced, OutOfOrderSequenceNumber, UnknownProducerId)
_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """Where the brokers are, how they are reached, and whether they know idempotent producers."""

    bootstrap_servers: str
    idempotent: bool = True
    security: KafkaSecurity = PLAINTEXT

    def new_producer(self, *, request_timeout_s: float, **others: object) -> AIOKafkaProducer:
        """Return an unconnected producer whose records count as sent when every in-sync replica has them (acks=all).

        Args:
            request_timeout_s: how long the broker may take for one request; aiokafka's own 40 s would hold the caller
                and the drain.
            others: further arguments of aiokafka's.
        """
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            acks="all",
            enable_idempotence=self.idempotent,
            request_timeout_ms=int(request_timeout_s * 1000),
            **self.security.client_options(),
            **others,
        )


class Producer(Protocol):
    """What a connection needs of a producer."""

    async def start(self) -> None:
        """Connect, or raise KafkaError or OSError."""
        ...

    async def stop(self) -> None:
        """Close; called also when it could not connect."""
        ...


ProducerT = TypeVar("ProducerT", bound=Producer)


class ProducerConnection(Generic[ProducerT]):
    """The producer in use: connected when it is first asked for, and again after it was closed.

    Args:
        new_producer: makes an unconnected producer; called for each attempt to connect.
        stop_deadline_s: how long closing may take: with records that can't be delivered aiokafka would wait for its
            whole request timeout.
    """

    def __init__(self, new_producer: Callable[[], ProducerT], *, stop_deadline_s: float) -> None:
        self._new_producer = new_producer
        self._stop_deadline_s = stop_deadline_s
        self._producer: ProducerT | None = None
        self._connecting = asyncio.Lock()

    @property
    def producer(self) -> ProducerT | None:
        """The connected producer, if there is one."""
        return self._producer

    async def connect(self) -> ProducerT:
        """Return the connected producer; callers at the same time share one attempt to connect.

        Raises:
            KafkaError, OSError: no broker is reachable, or they refuse.
        """
        async with self._connecting:
            if self._producer is None:
                producer = self._new_producer()
                try:
                    await producer.start()
                except BaseException:
                    await self._stop(producer)
                    raise
                self._producer = producer
            return self._producer

    def is_broken(self, producer: ProducerT, failure: Exception) -> bool:
        """Return whether ``producer``, which raised ``failure``, must be closed for another to take its place.

        False when that has happened already: sends that are under way together fail together.
        """
        return producer is self._producer and _never_recovers(failure)

    async def close(self) -> None:
        """Close the producer if there is one, within the deadline."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await self._stop(producer)

    async def _stop(self, producer: ProducerT) -> None:
        try:
            async with asyncio.timeout(self._stop_deadline_s):
                await producer.stop()
        except (KafkaError, OSError) as fault:
            _logger.warning("kafka.not_stopped_cleanly", cause=type(fault).__name__)


def _never_recovers(failure: Exception) -> bool:
    """Return whether every later send of the producer that raised ``failure`` fails too.

    aiokafka sends in a task of its own. Once that has died, as an idempotent producer's does when the broker has lost
    track of it, each send raises what it died of: one of these, or a bare KafkaError for what it didn't expect.
    """
    return isinstance(failure, _NEVER_RECOVERS) or type(failure) is KafkaError
