"""The notification topic, read as a member of a Kafka consumer group."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    CommitFailedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    RecordTooLargeError,
    UnsupportedCodecError,
)

from common.clock import Clock
from common.errors.codes import ErrorCode
from common.settings.kafka import PLAINTEXT, KafkaSecurity
from websocket_service import fail
from websocket_service.adapters.kafka_batches import DECODING_FAILURES, READ_AT_ONCE, Suspect, read_again
from websocket_service.adapters.kafka_member import GroupMember, RebalanceListener, StallDetector
from websocket_service.ingest.ports import Fetched, Partition, Record

TARGET: Final = "kafka"
JOIN_DEADLINE_S: Final = 30.0
COMMIT_DEADLINE_S: Final = 5.0
LEAVE_DEADLINE_S: Final = 2.5
SESSION_S: Final = 6.0
"""How long the others wait for a member that was killed; the least a broker accepts by default."""

REQUEST_DEADLINE_S: Final = 11.0
"""Above the session, since a member waits that long for the others when the group changes."""

SILENT_AFTER_S: Final = 5.0
"""Without an answer for so long the broker counts as away; fetches are answered every ``fetch_max_wait_ms``."""

EXAMINE_DEADLINE_S: Final = 5.0
"""What reading a batch again that couldn't be decoded may take; the other partitions wait meanwhile."""

_HEARTBEAT_S: Final = 1.0
_METADATA_AGE_S: Final = 30.0
_UNDECODABLE: Final = (CorruptRecordException, UnsupportedCodecError)
_logger = structlog.get_logger(__name__)
_Received = dict[TopicPartition, list[ConsumerRecord]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReading:
    """Which topic is read, where, and by which group.

    The broker may hold back an answer for ``fetch_max_wait_ms``; after ``stalled_after_s`` without one of a partition,
    that one has stalled.
    """

    bootstrap_servers: str
    topic: str
    group: str
    fetch_max_wait_ms: int = 500
    stalled_after_s: float = 30.0
    security: KafkaSecurity = PLAINTEXT


class KafkaNotifications:
    """Implements :class:`websocket_service.ingest.ports.RecordSource` on aiokafka."""

    def __init__(self, reading: TopicReading, clock: Clock) -> None:
        self._reading = reading
        self._clock = clock
        self._consumer: AIOKafkaConsumer | None = None
        self._suspects: dict[TopicPartition, Suspect] = {}
        self._unplaced: dict[TopicPartition, int | None] = {}
        self._expired = 0
        self._stalls = StallDetector(reading.stalled_after_s)

    async def start(self, revoked: Callable[[], Awaitable[None]]) -> None:
        """Join the group; see the port."""
        reading = self._reading
        consumer = self._consumer = GroupMember(
            bootstrap_servers=reading.bootstrap_servers,
            group_id=reading.group,
            enable_auto_commit=False,
            auto_offset_reset="none",  # not earliest, which says nothing of the records that it passes over
            fetch_max_wait_ms=reading.fetch_max_wait_ms,
            request_timeout_ms=int(REQUEST_DEADLINE_S * 1000),
            session_timeout_ms=int(SESSION_S * 1000),
            heartbeat_interval_ms=int(_HEARTBEAT_S * 1000),
            metadata_max_age_ms=int(_METADATA_AGE_S * 1000),
            **reading.security.client_options(),
        )
        consumer.subscribe([reading.topic], listener=RebalanceListener(revoked))
        async with _kafka_failures("join_group", JOIN_DEADLINE_S):
            await consumer.start()
        _logger.info("notifications.group_joined", topic=reading.topic, group=reading.group)

    async def fetch(self, *, wait_s: float) -> Mapping[Partition, Sequence[Fetched]]:
        """Return what has come; see the port."""
        consumer = self._require_consumer()
        for where in self._suspects.keys() - consumer.assignment():
            del self._suspects[where]
        for where, suspect in self._suspects.items():
            if suspect.due <= self._clock.monotonic():
                return await self._examine(consumer, where, suspect)
        async with _kafka_failures("fetch_records", REQUEST_DEADLINE_S):
            await self._place(consumer)
            received = await self._poll(consumer, wait_s)
        self._stalls.check(consumer, received.keys(), now=self._clock.monotonic())
        return {
            (partition := Partition(where.topic, where.partition)): [
                Record(partition, record.offset, record.key, record.value, tuple(record.headers)) for record in records
            ]
            for where, records in received.items()
        }

    async def _poll(self, consumer: AIOKafkaConsumer, wait_s: float) -> _Received:
        """Return what has come first, of each partition by itself, so that one failure costs no other a record."""
        places = consumer.assignment() - self._suspects.keys()
        if not places:
            if not self._suspects:
                await _wait_at_most(wait_s, consumer.getmany())  # raises what the group has failed of
            await asyncio.sleep(wait_s)
            return {}
        try:
            async with asyncio.TaskGroup() as group:
                polls = [group.create_task(self._poll_one(consumer, where, wait_s)) for where in places]
                await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
                for poll in polls:
                    poll.cancel()  # of one that has taken records nothing is lost: it is done
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        received: _Received = {}
        for poll in polls:
            received |= {} if poll.cancelled() else poll.result()
        return received

    async def _poll_one(self, consumer: AIOKafkaConsumer, where: TopicPartition, wait_s: float) -> _Received:
        arrival = consumer.getmany(where, timeout_ms=int(wait_s * 1000), max_records=READ_AT_ONCE)
        try:
            return await _wait_at_most(2 * wait_s, arrival)
        except NoOffsetForPartitionError:
            self._unplaced[where] = None
        except OffsetOutOfRangeError as failure:
            self._unplaced[where] = failure.args[0][where]
        except RecordTooLargeError as failure:  # a cut batch; aiokafka has already moved past its first offset
            self._suspect(where, failure.args[2], failure)
        except DECODING_FAILURES as failure:
            if isinstance(failure, KafkaError) and not isinstance(failure, _UNDECODABLE):
                raise
            if where in consumer.assignment():
                self._suspect(where, await consumer.position(where), failure)
        return {}

    async def _place(self, consumer: AIOKafkaConsumer) -> None:
        """Read partitions from their first record on that a new group reads, or whose next record isn't there.

        It has expired, or else the broker lost it and gives its offset anew.
        """
        unplaced = {where: self._unplaced[where] for where in self._unplaced.keys() & consumer.assignment()}
        self._unplaced.clear()
        firsts: Mapping[TopicPartition, int] = await consumer.beginning_offsets(list(unplaced)) if unplaced else {}
        for where in firsts.keys() & consumer.assignment():
            consumer.seek(where, firsts[where])
            if (offset := unplaced[where]) is None:
                continue
            expired = max(0, firsts[where] - offset)
            self._expired += expired
            _logger.warning(
                "notifications.offset_out_of_range",
                topic=where.topic,
                partition=where.partition,
                offset=offset,
                next_offset=firsts[where],
                expired=expired,
            )

    def _suspect(self, where: TopicPartition, offset: int, failure: Exception) -> None:
        self._suspects[where] = Suspect(offset)
        _logger.warning(
            "notifications.batch_suspected",
            topic=where.topic,
            partition=where.partition,
            offset=offset,
            cause=repr(failure),
        )

    async def _examine(
        self, consumer: AIOKafkaConsumer, where: TopicPartition, suspect: Suspect
    ) -> Mapping[Partition, Sequence[Fetched]]:
        """Read what stands at the suspect's offset over another connection, and let the consumer go on behind it."""
        partition = Partition(where.topic, where.partition)
        client = AIOKafkaClient(
            bootstrap_servers=self._reading.bootstrap_servers,
            request_timeout_ms=int(EXAMINE_DEADLINE_S * 1000),
            **self._reading.security.client_options(),
        )
        try:
            async with asyncio.timeout(EXAMINE_DEADLINE_S):
                portion = await read_again(client, partition, suspect.offset)
        except (KafkaError, OSError) as failure:
            suspect.postpone(self._clock.monotonic())
            _logger.warning("notifications.batch_not_examined", partition=where.partition, cause=repr(failure))
            return {}
        finally:
            await client.close()
        if self._suspects.get(where) is not suspect or where not in consumer.assignment():
            return {}
        del self._suspects[where]
        consumer.seek(where, portion.next_offset)
        return {partition: portion.items} if portion.items else {}

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit; see the port."""
        consumer = self._require_consumer()
        async with _kafka_failures("commit_offsets", COMMIT_DEADLINE_S):
            try:
                await consumer.commit({_where(partition): offset for partition, offset in offsets.items()})
            except (CommitFailedError, IllegalStateError) as lost:
                _logger.info("notifications.partitions_lost", cause=str(lost))

    @property
    def answering(self) -> bool:
        """Whether an assigned partition's last fetch was answered lately, as far as any was; see the port."""
        consumer = self._require_consumer()
        answered_ms = [at for where in consumer.assignment() if (at := consumer.last_poll_timestamp(where)) is not None]
        return not answered_ms or self._clock.now().timestamp() - max(answered_ms) / 1000 < SILENT_AFTER_S

    @property
    def stalled(self) -> Collection[Partition]:
        """Those of which no fetch was answered as it should be; see the port."""
        return [Partition(where.topic, where.partition) for where in self._stalls.stalled]

    @property
    def expired(self) -> int:
        """How many the topic no longer had; see the port."""
        return self._expired

    def pause(self, partition: Partition, offset: int) -> None:
        """Seek and pause; see the port."""
        consumer = self._require_consumer()
        if _where(partition) in consumer.assignment():
            self._suspects.pop(_where(partition), None)
            consumer.seek(_where(partition), offset)
            consumer.pause(_where(partition))

    def resume(self, partition: Partition) -> None:
        """Resume; see the port."""
        consumer = self._require_consumer()
        if _where(partition) in consumer.assignment():
            consumer.resume(_where(partition))

    async def stop(self) -> None:
        """Leave the group; see the port."""
        consumer, self._consumer = self._consumer, None
        self._suspects.clear()
        self._stalls.reset()
        if consumer is None:
            return
        try:
            async with asyncio.timeout(LEAVE_DEADLINE_S):
                await consumer.stop()
        except (KafkaError, OSError) as error:
            _logger.warning("notifications.group_left_uncleanly", cause=repr(error))

    def _require_consumer(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            stopped = "the source is not started"
            raise RuntimeError(stopped)
        return self._consumer


async def _wait_at_most(deadline_s: float, arrival: Awaitable[_Received]) -> _Received:
    """Return what arrives: while the group changes, aiokafka waits for the new assignment however long that takes."""
    received: _Received = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(deadline_s):
            received = await arrival
    return received


def _where(partition: Partition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.number)


@asynccontextmanager
async def _kafka_failures(operation: str, deadline_s: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except (KafkaError, OSError) as error:
        raise fail.during(operation).error(
            ErrorCode.CONNECTION_ERROR,
            f"Kafka can't be reached or failed: {type(error).__name__}.",
            details={"target": TARGET},
        ) from error
