"""Processes one batch of records: each goes into its user's log, to the dead letters, or is deferred."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from common.clock import Clock
from common.contracts.notification import MAX_NOTIFICATION_BYTES
from common.correlation import bind_correlation_id
from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log import NotificationLog, ReplicationId
from websocket_service.ingest.ports import DeadLetters, Fetched, Partition, UndecodableBatch
from websocket_service.ingest.records import InvalidRecord, Notification, parse_record
from websocket_service.metrics import IngestCounters

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class PartitionProgress:
    """How far the processing of one partition's records has come.

    Every record below ``offset`` is decided. ``stopped`` says that the rest is deferred, ``failure`` why; it is None
    when the deadline passed. ``replication_ids`` are those of the servers that appended, and ``probe_user`` is a user
    whose log one of them keeps.
    """

    offset: int
    failure: HuleEduError | None = None
    stopped: bool = False
    replication_ids: set[ReplicationId] = field(default_factory=set, compare=False)
    probe_user: UserId | None = field(default=None, compare=False)

    def stop_at(self, offset: int, failure: HuleEduError | None) -> None:
        """Defer the record at ``offset`` and all that follow it."""
        self.stopped = True
        self.offset = min(self.offset, offset)
        self.failure = self.failure or failure


class BatchProcessor:
    """Decides records: append to the log, send to the dead letters, or defer.

    Args:
        log: where notifications go.
        dead_letters: where invalid records go.
        counters: what became of the records.
        clock: gives the age of an event.
        notification_bytes: the largest notification, in bytes of its whole frame.
        concurrency: how many records are processed at once; never two of one user and partition.
    """

    def __init__(
        self,
        log: NotificationLog,
        dead_letters: DeadLetters,
        *,
        counters: IngestCounters,
        clock: Clock,
        notification_bytes: int = MAX_NOTIFICATION_BYTES,
        concurrency: int = 16,
    ) -> None:
        self._log = log
        self._dead_letters = dead_letters
        self._counters = counters
        self._clock = clock
        self._notification_bytes = notification_bytes
        self._slots = asyncio.Semaphore(concurrency)

    async def process(
        self,
        batch: Mapping[Partition, Sequence[Fetched]],
        *,
        decided_below: Mapping[Partition, int],
        may_continue: Callable[[], bool],
    ) -> Mapping[Partition, PartitionProgress]:
        """Decide the records of ``batch`` and return how far each partition came.

        Records of one user keep their partition's order. The first failure in a partition defers the rest of it, except
        for other users' records that are under way: they are fetched again, and the log recognises them.

        Args:
            batch: the records of each partition in offset order, at least one. An undecodable batch counts as one.
            decided_below: records below that offset were decided before, so an invalid one has its dead letter.
            may_continue: asked before each record; once it returns False, the rest is deferred.
        """
        progress = {partition: PartitionProgress(records[-1].next_offset) for partition, records in batch.items()}
        count = sum(map(len, batch.values()))
        self._counters.consumed += count
        self._counters.in_flight += count
        async with asyncio.TaskGroup() as group:
            for partition, records in batch.items():
                for queue in self._queues_by_user(records):
                    decided = decided_below.get(partition, 0)
                    group.create_task(self._process_queue(queue, progress[partition], decided, may_continue))
        return progress

    async def replication_id(self, user_id: UserId) -> ReplicationId:
        """Return the replication id of the server that keeps the user's log now."""
        return await self._log.replication_id(user_id)

    def _queues_by_user(self, records: Sequence[Fetched]) -> Iterable[Sequence["_Item"]]:
        """Sort the records by user, the invalid ones into a queue of their own; each queue in offset order."""
        queues: defaultdict[UserId | None, list[_Item]] = defaultdict(list)
        for record in records:
            content = self._parse(record)
            queues[content.user_id if isinstance(content, Notification) else None].append(_Item(record, content))
        return queues.values()

    def _parse(self, record: Fetched) -> Notification | InvalidRecord:
        if isinstance(record, UndecodableBatch):
            return record.invalid
        return parse_record(record.value, most_bytes=self._notification_bytes)

    async def _process_queue(
        self,
        queue: Iterable["_Item"],
        progress: PartitionProgress,
        decided_below: int,
        may_continue: Callable[[], bool],
    ) -> None:
        for item in queue:
            async with self._slots:
                if progress.stopped or not may_continue():
                    progress.stop_at(item.record.offset, None)
                    self._counters.deferred += 1
                else:
                    await self._decide(item, progress, decided_below)
            self._counters.in_flight -= 1

    async def _decide(self, item: "_Item", progress: PartitionProgress, decided_below: int) -> None:
        record = item.record
        try:
            match item.content:
                case Notification() as notification:
                    progress.replication_ids.add(await self._append(record, notification))
                    progress.probe_user = notification.user_id
                case InvalidRecord() if record.offset < decided_below:
                    self._counters.duplicates += 1
                case InvalidRecord() as invalid:
                    await self._send_to_dlq(record, invalid)
        except HuleEduError as failure:
            progress.stop_at(record.offset, failure)
            self._counters.deferred += 1

    async def _append(self, record: Fetched, notification: Notification) -> ReplicationId:
        bind_correlation_id(notification.correlation_id)
        appended = await self._log.append(
            notification.user_id,
            event_id=notification.event_id,
            message=notification.message,
            fingerprint=notification.fingerprint,
        )
        if appended.duplicate:
            self._counters.duplicates += 1
        else:
            self._counters.appended += 1
            age_s = (self._clock.now() - notification.occurred_at).total_seconds()
            self._counters.event_to_log_s.observe(max(0.0, age_s))
        _logger.info(
            "notification.logged",
            event_id=str(notification.event_id),
            cursor=str(appended.cursor),
            duplicate=appended.duplicate,
            **_position(record),
        )
        return appended.replication_id

    async def _send_to_dlq(self, record: Fetched, invalid: InvalidRecord) -> None:
        await self._dead_letters.send_to_dlq(record, invalid)
        self._counters.dead_letters[invalid.reason] += 1
        _logger.warning("notification.buried", reason=invalid.reason, detail=invalid.detail, **_position(record))


@dataclass(frozen=True, slots=True)
class _Item:
    record: Fetched
    content: Notification | InvalidRecord


def _position(record: Fetched) -> dict[str, str | int]:
    position: dict[str, str | int] = {
        "topic": record.partition.topic,
        "partition": record.partition.number,
        "offset": record.offset,
    }
    return position | {"last_offset": record.last_offset} if isinstance(record, UndecodableBatch) else position
