"""Consumes Kafka's notifications into the users' logs: append, notify, then commit."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import structlog

from common.backoff import EQUAL_JITTER, Backoff
from common.clock import Clock
from common.errors.exceptions import HuleEduError
from common.notification_log import ReplicationId
from websocket_service.ingest.batch import BatchProcessor, PartitionProgress
from websocket_service.ingest.failover_window import FailoverWindow
from websocket_service.ingest.ports import Fetched, Partition, RecordSource
from websocket_service.metrics import IngestCounters

BACKOFF: Final = Backoff(first_s=0.1, longest_s=5.0, jitter=EQUAL_JITTER)
_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """The consumer's waits and deadlines, in seconds.

    Attributes:
        fetch_wait_s: how long a fetch waits for records.
        backoff: before a paused partition, or a broker that failed, is tried again.
        drain_s: what the batch in flight may take once the consumer is cancelled.
        rebalance_drain_s: what it may take once the group moves its partitions.
        failover_window_s: how far back records are read again after a failover of the log.
        failover_check_s: how often an idle consumer looks for a failover.
        commit_s: between two commits; offsets are also committed when partitions are released. What a crash lets Kafka
            deliver again, the log recognises.
    """

    fetch_wait_s: float = 0.2
    backoff: Backoff = BACKOFF
    drain_s: float = 3.0
    rebalance_drain_s: float = 3.0
    failover_window_s: float = 30.0
    failover_check_s: float = 1.0
    commit_s: float = 0.25


class _Membership(Enum):
    """Whether the consumer is in its group."""

    OUT = auto()
    JOINING = auto()
    IN = auto()


@dataclass(slots=True)
class _Pause:
    failures: int
    due: float


class NotificationConsumer:
    """Moves every record of the topic into its user's log once, and commits what is decided.

    Args:
        source: the topic, as a member of the group.
        processor: decides each record.
        counters: what became of the records.
        clock: gives the time.
        timings: waits and deadlines.
    """

    def __init__(
        self,
        source: RecordSource,
        processor: BatchProcessor,
        *,
        counters: IngestCounters,
        clock: Clock,
        timings: Timings | None = None,
    ) -> None:
        self._source = source
        self._processor = processor
        self._counters = counters
        self._clock = clock
        self._timings = Timings() if timings is None else timings
        self._ending = asyncio.Event()
        self._batch_lock = asyncio.Lock()
        self._deadline: float | None = None
        self._decided: dict[Partition, int] = {}
        self._committed: dict[Partition, int] = {}
        self._pauses: dict[Partition, _Pause] = {}
        self._failover_window = FailoverWindow(window_s=self._timings.failover_window_s)
        self._checked_at = self._committed_at = clock.monotonic()
        self._membership = _Membership.OUT
        self._failures = 0

    @property
    def consuming(self) -> bool:
        """Whether it is in its group, the broker answers, and none of its partitions is paused or has stalled."""
        if self._membership is not _Membership.IN or self._pauses or self._source.stalled:
            return False
        return self._source.answering

    async def run(self) -> None:
        """Consume until cancelled, through outages of the broker and of the log.

        When cancelled, it stops fetching, finishes the batch in flight within the drain time, commits and leaves the
        group. It doesn't wait for a group that it is still joining.
        """
        async with asyncio.TaskGroup() as group:
            consuming = group.create_task(self._consume())
            try:
                await asyncio.shield(consuming)
            except asyncio.CancelledError:
                self._ending.set()
                self._set_deadline(self._timings.drain_s)
                if self._membership is _Membership.JOINING:
                    consuming.cancel()
                await asyncio.wait({consuming}, timeout=2 * self._timings.drain_s)
                raise

    async def _consume(self) -> None:
        while not self._ending.is_set():
            try:
                self._membership = _Membership.JOINING
                await self._source.start(self._release_partitions)
                self._membership = _Membership.IN
                await self._move_records()
            except HuleEduError as failure:
                self._failures += 1
                self._counters.source_failures[failure.operation] += 1
                _logger.warning("notifications.broker_failed", operation=failure.operation, cause=str(failure))
            finally:
                self._membership = _Membership.OUT
                await self._commit()
                await self._source.stop()
                self._counters.stalled = 0
                self._forget_partitions()
            if self._failures:
                await self._wait_to_retry(self._timings.backoff.delay_s(self._failures))

    async def _move_records(self) -> None:
        while not self._ending.is_set():
            self._resume_due()
            batch = await self._source.fetch(wait_s=self._timings.fetch_wait_s)
            self._failures = 0
            self._counters.stalled = len(self._source.stalled)
            self._counters.expired = self._source.expired
            async with self._batch_lock:
                if batch:
                    await self._process(batch)
                elif self._clock.monotonic() >= self._checked_at + self._timings.failover_check_s:
                    await self._check_for_failover()
                if self._clock.monotonic() >= self._committed_at + self._timings.commit_s:
                    await self._commit()

    async def _process(self, batch: Mapping[Partition, Sequence[Fetched]]) -> None:
        progress = await self._processor.process(batch, decided_below=self._decided, may_continue=self._before_deadline)
        now = self._checked_at = self._clock.monotonic()
        for partition, part in progress.items():
            self._failover_window.note(partition, batch[partition][0].offset, probe_user=part.probe_user, now=now)
            self._decided[partition] = max(part.offset, self._decided.get(partition, 0))
            if part.stopped:
                self._pause(partition, part)
            else:
                self._pauses.pop(partition, None)
        self._rewind_after_failover({name for part in progress.values() for name in part.replication_ids})

    async def _check_for_failover(self) -> None:
        now = self._checked_at = self._clock.monotonic()
        try:
            self._rewind_after_failover(
                {await self._processor.replication_id(user_id) for user_id in self._failover_window.probe_users(now)}
            )
        except HuleEduError as failure:
            _logger.info("notifications.log_silent", cause=str(failure))

    def _rewind_after_failover(self, replication_ids: set[ReplicationId]) -> None:
        """Read the last records again when a server answers that may lack what was appended for them."""
        if not self._failover_window.failover_detected(replication_ids):
            return
        first_offsets = self._failover_window.first_offsets(self._clock.monotonic())
        for partition, offset in first_offsets.items():
            self._source.pause(partition, offset)
            if partition not in self._pauses:
                self._source.resume(partition)
        self._counters.rewinds += 1
        _logger.warning(
            "notifications.rewound",
            offsets={partition.number: offset for partition, offset in first_offsets.items()},
        )

    def _pause(self, partition: Partition, progress: PartitionProgress) -> None:
        self._source.pause(partition, progress.offset)
        earlier = self._pauses.get(partition)
        failures = 1 if earlier is None else earlier.failures + 1
        pause_s = self._timings.backoff.delay_s(failures)
        self._pauses[partition] = _Pause(failures, self._clock.monotonic() + pause_s)
        if progress.failure is None:
            return
        self._counters.pauses[progress.failure.error_code] += 1
        _logger.warning(
            "notifications.partition_held",
            topic=partition.topic,
            partition=partition.number,
            offset=progress.offset,
            pause_s=round(pause_s, 3),
            failures=failures,
            cause=str(progress.failure),
        )

    def _resume_due(self) -> None:
        now = self._clock.monotonic()
        for partition, pause in self._pauses.items():
            if pause.due <= now:
                self._source.resume(partition)

    async def _commit(self) -> None:
        self._committed_at = self._clock.monotonic()
        due = {
            partition: offset
            for partition, offset in self._decided.items()
            if offset > self._committed.get(partition, 0)
        }
        if not due:
            return
        try:
            await self._source.commit(due)
        except HuleEduError as failure:
            self._counters.source_failures[failure.operation] += 1
            _logger.warning("notifications.commit_failed", cause=str(failure))
        else:
            self._committed |= due

    async def _release_partitions(self) -> None:
        """Finish and commit the batch in flight before another member reads on."""
        self._set_deadline(self._timings.rebalance_drain_s)
        async with self._batch_lock:
            await self._commit()
            self._forget_partitions()

    def _forget_partitions(self) -> None:
        self._decided.clear()
        self._committed.clear()
        self._pauses.clear()
        self._failover_window.forget_partitions()
        if not self._ending.is_set():
            self._deadline = None

    def _set_deadline(self, within_s: float) -> None:
        self._deadline = self._clock.monotonic() + within_s

    def _before_deadline(self) -> bool:
        return self._deadline is None or self._clock.monotonic() < self._deadline

    async def _wait_to_retry(self, retry_delay_s: float) -> None:
        try:
            async with asyncio.timeout(retry_delay_s):
                await self._ending.wait()
        except TimeoutError:
            return
