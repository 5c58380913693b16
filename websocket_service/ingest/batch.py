"""Processes one batch of records: each goes into its user's log, to the dead letters, or is deferred."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from common.clock import Clock
from common.contracts.notification import MAX_NOTIFICATION_BYTES
from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log import AppendOutcome, NotificationLog, ReplicationId
from websocket_service.ingest.ports import DeadLetters, Fetched, Partition, UndecodableBatch
from websocket_service.ingest.records import InvalidReason, InvalidRecord, Notification, parse_record
from websocket_service.metrics import IngestCounters

ENTRIES_A_TRIP: Final = 32
TRIP_BYTES: Final = 256 * 1024
"""What one trip to the log appends at most, unless its first entry alone has more; Redis serves none else meanwhile."""

TRIPS_AT_ONCE: Final = 2
"""While the log is busy with one trip, the next is made ready."""

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
    """

    def __init__(
        self,
        log: NotificationLog,
        dead_letters: DeadLetters,
        *,
        counters: IngestCounters,
        clock: Clock,
        notification_bytes: int = MAX_NOTIFICATION_BYTES,
    ) -> None:
        self._log = log
        self._dead_letters = dead_letters
        self._counters = counters
        self._clock = clock
        self._notification_bytes = notification_bytes

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
            may_continue: asked before each trip to the log and each letter; once it returns False, the rest is
                deferred.
        """
        progress = {partition: PartitionProgress(records[-1].next_offset) for partition, records in batch.items()}
        count = sum(map(len, batch.values()))
        self._counters.consumed += count
        self._counters.in_flight += count
        waiting = deque[_Queue]()
        letters: list[Coroutine[None, None, None]] = []
        for partition, records in batch.items():
            by_user, invalid_records = self._sort(records)
            waiting.extend(_Queue(items, progress[partition]) for items in by_user)
            decided = decided_below.get(partition, 0)
            letters.append(self._bury(invalid_records, progress[partition], decided, may_continue))
        async with asyncio.TaskGroup() as group:
            # The log first: a letter that fails stops what isn't under way, and would so stop what stands before it.
            for work in (*(self._append_queues(waiting, may_continue) for _ in range(TRIPS_AT_ONCE)), *letters):
                group.create_task(work)
        return progress

    async def replication_id(self, user_id: UserId) -> ReplicationId:
        """Return the replication id of the server that keeps the user's log now."""
        return await self._log.replication_id(user_id)

    def _sort(
        self, records: Sequence[Fetched]
    ) -> tuple[Iterable[deque[tuple[Fetched, Notification]]], Sequence[tuple[Fetched, InvalidRecord]]]:
        """Parse the records; return those of each user, and the invalid ones, each in offset order."""
        by_user: defaultdict[UserId, deque[tuple[Fetched, Notification]]] = defaultdict(deque)
        invalid_records: list[tuple[Fetched, InvalidRecord]] = []
        for record in records:
            match self._parse(record):
                case Notification() as notification:
                    by_user[notification.user_id].append((record, notification))
                case InvalidRecord() as invalid:
                    invalid_records.append((record, invalid))
        return by_user.values(), invalid_records

    def _parse(self, record: Fetched) -> Notification | InvalidRecord:
        if isinstance(record, UndecodableBatch):
            return record.invalid
        try:
            return parse_record(record.value, most_bytes=self._notification_bytes)
        except Exception as error:  # a bug of ours; raised on, it would end each replica that reads the record
            _logger.exception("notification.not_parsed", **_position(record))
            return InvalidRecord(InvalidReason.UNEXPECTED, type(error).__name__, "the feed failed to parse it")

    async def _append_queues(self, waiting: "deque[_Queue]", may_continue: Callable[[], bool]) -> None:
        """Append what waits, trip by trip; a queue that is under way waits again once its record is decided."""
        while waiting:
            queues = _take_for_trip(waiting)
            if not may_continue():
                for queue in queues:
                    queue.progress.stop_at(queue.first_offset, None)
            due = [queue for queue in queues if not self._defer_stopped(queue)]
            outcomes = await self._log.append_each([queue.items[0][1] for queue in due]) if due else ()
            for queue, outcome in zip(due, outcomes, strict=True):
                self._note_outcome(*queue.items.popleft(), outcome, queue.progress)
            waiting.extend(queue for queue in due if queue.items)

    def _defer_stopped(self, queue: "_Queue") -> bool:
        """Defer the queue's records if their partition is stopped; tell whether it is."""
        if queue.progress.stopped:
            queue.progress.stop_at(queue.first_offset, None)
            self._count_deferred(len(queue.items))
        return queue.progress.stopped

    def _note_outcome(
        self,
        record: Fetched,
        notification: Notification,
        outcome: AppendOutcome | HuleEduError,
        progress: PartitionProgress,
    ) -> None:
        if isinstance(outcome, HuleEduError):
            progress.stop_at(record.offset, outcome)
            self._count_deferred(1)
            return
        progress.replication_ids.add(outcome.replication_id)
        progress.probe_user = notification.user_id
        self._counters.in_flight -= 1
        if outcome.duplicate:
            self._counters.duplicates += 1
        else:
            self._counters.appended += 1
            age_s = (self._clock.now() - notification.occurred_at).total_seconds()
            self._counters.event_to_log_s.observe(max(0.0, age_s))
        _logger.info(
            "notification.logged",
            event_id=str(notification.event_id),
            cursor=str(outcome.cursor),
            duplicate=outcome.duplicate,
            correlation_id=str(notification.correlation_id),
            **_position(record),
        )

    async def _bury(
        self,
        invalid_records: Sequence[tuple[Fetched, InvalidRecord]],
        progress: PartitionProgress,
        decided_below: int,
        may_continue: Callable[[], bool],
    ) -> None:
        """Send a partition's invalid records to the dead letters, one after the other."""
        for record, invalid in invalid_records:
            if progress.stopped or not may_continue():
                progress.stop_at(record.offset, None)
                self._count_deferred(1)
            elif record.offset < decided_below:
                self._counters.duplicates += 1
                self._counters.in_flight -= 1
            else:
                await self._send_to_dlq(record, invalid, progress)

    async def _send_to_dlq(self, record: Fetched, invalid: InvalidRecord, progress: PartitionProgress) -> None:
        try:
            await self._dead_letters.send_to_dlq(record, invalid)
        except HuleEduError as failure:
            progress.stop_at(record.offset, failure)
            self._count_deferred(1)
            return
        self._counters.dead_letters[invalid.reason] += 1
        self._counters.in_flight -= 1
        _logger.warning("notification.buried", reason=invalid.reason, detail=invalid.detail, **_position(record))

    def _count_deferred(self, records: int) -> None:
        self._counters.deferred += records
        self._counters.in_flight -= records


@dataclass(frozen=True, slots=True)
class _Queue:
    """One user's notifications of one partition that aren't decided, in offset order; at least one."""

    items: deque[tuple[Fetched, Notification]]
    progress: PartitionProgress

    @property
    def first_offset(self) -> int:
        return self.items[0][0].offset


def _take_for_trip(waiting: deque[_Queue]) -> Sequence[_Queue]:
    """Remove the queues whose first records go on the next trip: at least one."""
    queues: list[_Queue] = []
    size = 0
    while waiting and len(queues) < ENTRIES_A_TRIP and size < TRIP_BYTES:
        queues.append(waiting.popleft())
        size += len(queues[-1].items[0][1].message)
    return queues


def _position(record: Fetched) -> dict[str, str | int]:
    position: dict[str, str | int] = {
        "topic": record.partition.topic,
        "partition": record.partition.number,
        "offset": record.offset,
    }
    return position | {"last_offset": record.last_offset} if isinstance(record, UndecodableBatch) else position
