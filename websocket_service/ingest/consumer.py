"""Kafka's notifications into the users' logs: append, notify, then commit."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import SystemRandom
from typing import Final

import structlog

from common.clock import Clock
from common.errors.exceptions import HuleEduError
from common.notification_log import Lineage
from websocket_service.ingest.batch import Intake, Progress
from websocket_service.ingest.ports import Fetched, Partition, RecordSource
from websocket_service.ingest.replay_window import Trail
from websocket_service.metrics import IngestCounters

_logger = structlog.get_logger(__name__)
_chance: Final = SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The consumer's patience, in seconds.

    A held partition, like a broker that is away, is tried again after ``first_pause_s``, doubled each time up to
    ``longest_pause_s``, less up to half of it by chance. ``drain_s`` is how long a batch in hand may take once the
    consumer is told to end, ``yield_s`` once its partitions are wanted elsewhere. When another server answers for the
    log, what was decided in the last ``reach_s`` is read again; ``ask_s`` is how often that is looked for while nothing
    comes in. Offsets are committed every ``commit_s`` and when partitions are given up: what a crash lets Kafka deliver
    again, the log knows.
    """

    fetch_wait_s: float = 0.2
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    drain_s: float = 3.0
    yield_s: float = 3.0
    reach_s: float = 30.0
    ask_s: float = 1.0
    commit_s: float = 0.25

    def pause_s(self, failures: int) -> float:
        """Return how long to wait after that many failures in a row, at least one."""
        longest = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(failures - 1, 16))
        return longest * _chance.uniform(0.5, 1.0)


class _Membership(Enum):
    """Where the consumer stands with its group."""

    OUT = auto()
    JOINING = auto()
    IN = auto()


@dataclass(slots=True)
class _Hold:
    failures: int
    due: float


class NotificationConsumer:
    """Moves every record of the topic into its user's log once, and commits what is decided.

    Args:
        source: the topic, as a member of the group.
        intake: decides each record.
        counters: what is counted.
        clock: times the pauses.
        pace: how patient it is.
    """

    def __init__(
        self, source: RecordSource, intake: Intake, *, counters: IngestCounters, clock: Clock, pace: Pace | None = None
    ) -> None:
        self._source = source
        self._intake = intake
        self._counters = counters
        self._clock = clock
        self._pace = Pace() if pace is None else pace
        self._ending = asyncio.Event()
        self._batch_in_hand = asyncio.Lock()
        self._patient_until: float | None = None
        self._decided: dict[Partition, int] = {}
        self._committed: dict[Partition, int] = {}
        self._holds: dict[Partition, _Hold] = {}
        self._trail = Trail(reach_s=self._pace.reach_s)
        self._asked_at = self._committed_at = clock.monotonic()
        self._membership = _Membership.OUT
        self._failures = 0

    @property
    def consuming(self) -> bool:
        """Whether it is in its group, the broker answers, and none of its partitions is held back or has stalled."""
        if self._membership is not _Membership.IN or self._holds or self._source.stalled:
            return False
        return self._source.answering

    async def run(self) -> None:
        """Consume until cancelled; survives a broker and a log that come and go.

        Cancelled, it fetches no more, finishes the batch in hand within the drain time, commits and leaves the group;
        one that it is just joining it doesn't wait for.
        """
        async with asyncio.TaskGroup() as group:
            consuming = group.create_task(self._consume())
            try:
                await asyncio.shield(consuming)
            except asyncio.CancelledError:
                self._ending.set()
                self._lose_patience(self._pace.drain_s)
                if self._membership is _Membership.JOINING:
                    consuming.cancel()
                await asyncio.wait({consuming}, timeout=2 * self._pace.drain_s)
                raise

    async def _consume(self) -> None:
        while not self._ending.is_set():
            try:
                self._membership = _Membership.JOINING
                await self._source.start(self._give_up_partitions)
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
                await self._rest(self._pace.pause_s(self._failures))

    async def _move_records(self) -> None:
        while not self._ending.is_set():
            self._release_due()
            batch = await self._source.fetch(wait_s=self._pace.fetch_wait_s)
            self._failures = 0
            self._counters.stalled = len(self._source.stalled)
            async with self._batch_in_hand:
                if batch:
                    await self._decide(batch)
                elif self._clock.monotonic() >= self._asked_at + self._pace.ask_s:
                    await self._look_for_another_server()
                if self._clock.monotonic() >= self._committed_at + self._pace.commit_s:
                    await self._commit()

    async def _decide(self, batch: Mapping[Partition, Sequence[Fetched]]) -> None:
        progress = await self._intake.take(batch, buried_below=self._decided, patient=self._is_patient)
        now = self._asked_at = self._clock.monotonic()
        for partition, came in progress.items():
            self._trail.note(partition, batch[partition][0].offset, witness=came.witness, now=now)
            self._decided[partition] = max(came.offset, self._decided.get(partition, 0))
            if came.stopped:
                self._hold(partition, came)
            else:
                self._holds.pop(partition, None)
        self._heed(set[Lineage]().union(*(came.lineages for came in progress.values())))

    async def _look_for_another_server(self) -> None:
        now = self._asked_at = self._clock.monotonic()
        try:
            self._heed({await self._intake.lineage(user_id) for user_id in self._trail.witnesses(now)})
        except HuleEduError as failure:
            _logger.info("notifications.log_silent", cause=str(failure))

    def _heed(self, lineages: set[Lineage]) -> None:
        """Read the last records again when a server answers that may have lost what came of them."""
        if not self._trail.has_turned(lineages):
            return
        beginnings = self._trail.beginnings(self._clock.monotonic())
        for partition, offset in beginnings.items():
            self._source.hold(partition, offset)
            if partition not in self._holds:
                self._source.release(partition)
        self._counters.rewinds += 1
        _logger.warning(
            "notifications.rewound",
            offsets={partition.number: offset for partition, offset in beginnings.items()},
        )

    def _hold(self, partition: Partition, came: Progress) -> None:
        self._source.hold(partition, came.offset)
        earlier = self._holds.get(partition)
        failures = 1 if earlier is None else earlier.failures + 1
        pause_s = self._pace.pause_s(failures)
        self._holds[partition] = _Hold(failures, self._clock.monotonic() + pause_s)
        if came.failure is None:
            return
        self._counters.pauses[came.failure.error_code] += 1
        _logger.warning(
            "notifications.partition_held",
            topic=partition.topic,
            partition=partition.number,
            offset=came.offset,
            pause_s=round(pause_s, 3),
            failures=failures,
            cause=str(came.failure),
        )

    def _release_due(self) -> None:
        now = self._clock.monotonic()
        for partition, hold in self._holds.items():
            if hold.due <= now:
                self._source.release(partition)

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

    async def _give_up_partitions(self) -> None:
        """Finish and commit what is in hand before somebody else reads on."""
        self._lose_patience(self._pace.yield_s)
        async with self._batch_in_hand:
            await self._commit()
            self._forget_partitions()

    def _forget_partitions(self) -> None:
        self._decided.clear()
        self._committed.clear()
        self._holds.clear()
        self._trail.forget_partitions()
        if not self._ending.is_set():
            self._patient_until = None

    def _lose_patience(self, within_s: float) -> None:
        self._patient_until = self._clock.monotonic() + within_s

    def _is_patient(self) -> bool:
        return self._patient_until is None or self._clock.monotonic() < self._patient_until

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._ending.wait()
        except TimeoutError:
            return
