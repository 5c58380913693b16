"""One batch of records on its way into the users' logs."""

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
from common.notification_log import Lineage, NotificationLog
from websocket_service.ingest.ports import DeadLetters, Fetched, Partition, UndecodableBatch
from websocket_service.ingest.records import Notice, Unfit, read_record
from websocket_service.metrics import IngestCounters

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Progress:
    """How far one partition's part of a batch has come.

    Everything below ``offset`` is decided. ``failure`` is what stopped the rest, None when nothing did: either all was
    decided or patience ended. ``lineages`` are those of the servers that answered for the log, ``witness`` is a user
    it answered about.
    """

    offset: int
    failure: HuleEduError | None = None
    stopped: bool = False
    lineages: set[Lineage] = field(default_factory=set, compare=False)
    witness: UserId | None = field(default=None, compare=False)

    def stop_at(self, offset: int, failure: HuleEduError | None) -> None:
        """Leave the record at ``offset`` and all that follow for later."""
        self.stopped = True
        self.offset = min(self.offset, offset)
        self.failure = self.failure or failure


@dataclass(frozen=True, slots=True)
class _Item:
    record: Fetched
    content: Notice | Unfit


class Intake:
    """Decides records: into the log, into the dead letters, or left for later.

    Args:
        log: where notices go.
        dead_letters: where the rest goes.
        counters: what is counted.
        clock: tells how old an event is.
        notification_bytes: how large a notification may be, as a whole frame.
        concurrency: how many records are under way at once; those of one user and partition never are.
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

    async def take(
        self,
        batch: Mapping[Partition, Sequence[Fetched]],
        *,
        buried_below: Mapping[Partition, int],
        patient: Callable[[], bool],
    ) -> Mapping[Partition, Progress]:
        """Decide the records of ``batch`` and say how far each partition came.

        Records of one user keep their partition's order. The first failure in a partition stops what follows in it,
        other users' records aside that were under way: they come again, and the log knows them.

        Args:
            batch: for each partition its records, in offset order, at least one. An undecodable batch counts as one.
            buried_below: records under that offset were decided before, so an unfit one has its dead letter.
            patient: asked before each record; once it says no, the rest is left.
        """
        progress = {partition: Progress(records[-1].next_offset) for partition, records in batch.items()}
        count = sum(map(len, batch.values()))
        self._counters.consumed += count
        self._counters.in_flight += count
        async with asyncio.TaskGroup() as group:
            for partition, records in batch.items():
                for lane in self._lanes(records):
                    known_below = buried_below.get(partition, 0)
                    group.create_task(self._work_off(lane, progress[partition], known_below, patient))
        return progress

    async def _work_off(
        self, lane: Iterable[_Item], progress: Progress, known_below: int, patient: Callable[[], bool]
    ) -> None:
        for item in lane:
            async with self._slots:
                if progress.stopped or not patient():
                    progress.stop_at(item.record.offset, None)
                    self._counters.deferred += 1
                else:
                    await self._decide(item, progress, known_below)
            self._counters.in_flight -= 1

    async def _decide(self, item: _Item, progress: Progress, known_below: int) -> None:
        record = item.record
        try:
            match item.content:
                case Notice() as notice:
                    progress.lineages.add(await self._append(record, notice))
                    progress.witness = notice.user_id
                case Unfit() if record.offset < known_below:
                    self._counters.duplicates += 1
                case Unfit() as unfit:
                    await self._bury(record, unfit)
        except HuleEduError as failure:
            progress.stop_at(record.offset, failure)
            self._counters.deferred += 1

    def _lanes(self, records: Sequence[Fetched]) -> Iterable[Sequence[_Item]]:
        """Part the records by user, the unfit ones in a lane of their own; each lane in offset order."""
        lanes: defaultdict[UserId | None, list[_Item]] = defaultdict(list)
        for record in records:
            content = self._read(record)
            lanes[content.user_id if isinstance(content, Notice) else None].append(_Item(record, content))
        return lanes.values()

    def _read(self, record: Fetched) -> Notice | Unfit:
        if isinstance(record, UndecodableBatch):
            return record.unfit
        return read_record(record.value, most_bytes=self._notification_bytes)

    async def lineage(self, user_id: UserId) -> Lineage:
        """Return the lineage of the server that keeps the user's log now."""
        return await self._log.lineage(user_id)

    async def _append(self, record: Fetched, notice: Notice) -> Lineage:
        bind_correlation_id(notice.correlation_id)
        outcome = await self._log.append(
            notice.user_id, event_id=notice.event_id, message=notice.message, fingerprint=notice.fingerprint
        )
        if outcome.duplicate:
            self._counters.duplicates += 1
        else:
            self._counters.appended += 1
            age_s = (self._clock.now() - notice.occurred_at).total_seconds()
            self._counters.event_to_log_s.observe(max(0.0, age_s))
        _logger.info(
            "notification.logged",
            event_id=str(notice.event_id),
            cursor=str(outcome.cursor),
            duplicate=outcome.duplicate,
            **_place(record),
        )
        return outcome.lineage

    async def _bury(self, record: Fetched, unfit: Unfit) -> None:
        await self._dead_letters.bury(record, unfit)
        self._counters.dead_letters[unfit.reason] += 1
        _logger.warning("notification.buried", reason=unfit.reason, detail=unfit.detail, **_place(record))


def _place(record: Fetched) -> dict[str, str | int]:
    place: dict[str, str | int] = {
        "topic": record.partition.topic,
        "partition": record.partition.number,
        "offset": record.offset,
    }
    return place | {"last_offset": record.last_offset} if isinstance(record, UndecodableBatch) else place
