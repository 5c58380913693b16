"""Publishes pipeline commands to Kafka, and returns once every in-sync replica has the command."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from types import TracebackType
from typing import NoReturn, Protocol, Self

import structlog
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry, Counter

from api_gateway import fail
from common.backoff import Backoff
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, EventEnvelope, RecordHeaders
from common.contracts.pipeline_command import PipelineCommand
from common.errors.codes import ErrorCode
from common.kafka_producer import ProducerConnection
from common.observability.tracing import TRACE_FIELDS, trace_metadata
from common.web.serving.health import DependencyHealth

PUBLISH_DEADLINE_S = 4.5
"""When a publish gives up, in all; docs/gateway.md allows 5 s."""

STOP_DEADLINE_S = 2.0
RETRY_AFTER_S = 5.0
BACKOFF = Backoff(first_s=0.25, longest_s=5.0)

_logger = structlog.get_logger(__name__)


class Producer(Protocol):
    """What commands need of a Kafka producer: see :class:`api_gateway.adapters.kafka_producer.KafkaProducer`."""

    async def start(self) -> None:
        """Connect, or raise KafkaError or OSError."""
        ...

    async def enqueue(self, *, key: bytes, value: bytes, headers: RecordHeaders) -> Awaitable[object]:
        """Hand a record over, or raise while nothing was sent; the result resolves when the brokers have it."""
        ...

    async def answers(self) -> bool:
        """Whether a broker answers."""
        ...

    async def stop(self) -> None:
        """Close; called also when it could not connect."""
        ...


class PublishOutcome(StrEnum):
    """What is known of a command after a publish."""

    ACKED = "acked"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    """It may be in the log all the same: sending it again may do the work twice."""


_MESSAGES = {
    PublishOutcome.NOT_SENT: "The command could not be sent to the platform; nothing was started.",
    PublishOutcome.UNKNOWN: "The platform did not confirm the command; it may have been started.",
}


class KafkaCommands:
    """The pipeline command port on Kafka; :meth:`run` must be running for anything to be published.

    Args:
        new_producer: makes an unconnected producer of the commands' topic; called again for each attempt to connect.
        registry: takes the counter of outcomes.
    """

    def __init__(self, new_producer: Callable[[], Producer], registry: CollectorRegistry) -> None:
        self._connection = ProducerConnection(new_producer, stop_deadline_s=STOP_DEADLINE_S)
        self._tried = asyncio.Event()  # the first attempt to connect is over
        self._broken = asyncio.Event()
        self._deliveries: asyncio.TaskGroup | None = None
        self._pending: set[asyncio.Task[Exception | None]] = set()
        self._outcomes = Counter(
            "pipeline_commands",
            "Pipeline commands by outcome: acked, not_sent, or unknown (possibly sent).",
            ("outcome",),
            registry=registry,
        )
        for outcome in PublishOutcome:
            self._outcomes.labels(outcome)  # an alert on growth needs what it grows from

    async def run(self) -> None:
        """Stay connected until cancelled; then let what is under way end (at most the publish deadline), and close."""
        async with asyncio.TaskGroup() as deliveries:
            self._deliveries = deliveries
            try:
                while True:
                    await self._serve_one_producer()
            finally:
                self._deliveries = None

    async def publish(self, envelope: EventEnvelope[PipelineCommand]) -> None:
        """Return once every in-sync replica has the command.

        One that comes before the first attempt to connect is over waits for that: a process that has just started gets
        requests as soon as it listens. Cancelling this leaves the delivery running: a caller who goes away doesn't
        leave a command half sent.

        Raises:
            HuleEduError: KAFKA_PUBLISH_ERROR with ``Retry-After``; ``details.outcome`` is ``not_sent`` or ``unknown``.
        """
        if self._deliveries is None:
            self._give_up(envelope, PublishOutcome.NOT_SENT)
        delivery = self._deliveries.create_task(self._outcome_of(envelope))
        self._pending.add(delivery)
        delivery.add_done_callback(self._pending.discard)
        if (failure := await asyncio.shield(delivery)) is not None:
            raise failure

    async def health(self) -> DependencyHealth:
        """Ask the broker; never raises, takes a second at most."""
        producer = self._connection.producer
        return DependencyHealth("kafka", healthy=producer is not None and await producer.answers())

    async def _serve_one_producer(self) -> None:
        """Connect a producer, and close it once it has died or this is cancelled and what is under way has ended."""
        await self._connect()
        self._broken.clear()
        try:
            await self._broken.wait()
        finally:
            if self._pending:
                await asyncio.wait(self._pending, timeout=PUBLISH_DEADLINE_S)
            await self._connection.close()

    async def _connect(self) -> None:
        failures = 0
        while True:
            try:
                await self._connection.connect()
            except (KafkaError, OSError) as fault:
                self._tried.set()
                failures += 1
                pause_s = BACKOFF.delay_s(failures)
                _logger.warning("kafka.not_connected", cause=repr(fault), again_in_s=pause_s)
                await asyncio.sleep(pause_s)
            else:
                self._tried.set()
                _logger.info("kafka.connected")
                return

    async def _outcome_of(self, envelope: EventEnvelope[PipelineCommand]) -> Exception | None:
        """Deliver, and return the failure: raised here it would end the task group and all that is under way."""
        with _Failure() as failure:
            await self._deliver(envelope)
        return failure.error

    async def _deliver(self, envelope: EventEnvelope[PipelineCommand]) -> None:
        producer: Producer | None = None
        failing_means = PublishOutcome.NOT_SENT
        try:
            async with asyncio.timeout(PUBLISH_DEADLINE_S):
                await self._tried.wait()
                producer = self._connection.producer
                if producer is None:
                    self._give_up(envelope, PublishOutcome.NOT_SENT)
                acknowledged = await producer.enqueue(
                    key=envelope.data.batch_id.encode(),
                    value=envelope.to_bytes(),
                    headers=[*envelope.record_headers(), *_trace_headers(envelope)],
                )
                failing_means = PublishOutcome.UNKNOWN
                await acknowledged
        except (KafkaError, OSError) as fault:
            if producer is not None:
                self._note_if_broken(producer, fault)
            self._give_up(envelope, failing_means)
        self._outcomes.labels(PublishOutcome.ACKED).inc()

    def _note_if_broken(self, producer: Producer, fault: Exception) -> None:
        if self._connection.is_broken(producer, fault):
            _logger.error("kafka.producer_broken", cause=repr(fault))
            self._broken.set()

    def _give_up(self, envelope: EventEnvelope[PipelineCommand], outcome: PublishOutcome) -> NoReturn:
        self._outcomes.labels(outcome).inc()
        raise fail.during("publish_pipeline_command", correlation_id=envelope.correlation_id).error(
            ErrorCode.KAFKA_PUBLISH_ERROR,
            _MESSAGES[outcome],
            details={"topic": PIPELINE_COMMAND_TOPIC, "outcome": outcome.value},
            retry_after_s=RETRY_AFTER_S,
        )


class _Failure:
    """Keeps the error that its block ends with; a cancellation passes."""

    error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None


def _trace_headers(envelope: EventEnvelope[PipelineCommand]) -> RecordHeaders:
    """Return the caller's trace context as headers; a traced process adds its own, by the instrumentation."""
    metadata = envelope.metadata or {}
    told = [(name, str(metadata[name]).encode()) for name in TRACE_FIELDS if name in metadata]
    return [] if told and trace_metadata() else told
