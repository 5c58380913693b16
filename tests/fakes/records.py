"""A consumer group of one and its dead letters, in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from common.errors.exceptions import HuleEduError
from websocket_service.ingest.ports import Fetched, Partition, Record
from websocket_service.ingest.records import InvalidRecord


class FakeRecordSource:
    """Implements :class:`websocket_service.ingest.ports.RecordSource`; proven by the contract suite.

    ``committed`` is what the group would read on from. Set ``start_failure``, ``fetch_failure`` or ``commit_failure``
    to make the next such call raise it, once. ``starts`` and ``stops`` count. ``answering``, ``stalled`` and
    ``expired`` are what they are set to. While ``admitting`` is cleared, ``start`` waits.
    """

    def __init__(self, *, batch_records: int = 200) -> None:
        self.committed: dict[Partition, int] = {}
        self.start_failure: HuleEduError | None = None
        self.fetch_failure: HuleEduError | None = None
        self.commit_failure: HuleEduError | None = None
        self.answering = True
        self.stalled: Collection[Partition] = ()
        self.expired = 0
        self.admitting = asyncio.Event()
        self.admitting.set()
        self.starts = 0
        self.stops = 0
        self.held: set[Partition] = set()
        self._batch_records = batch_records
        self._topic: dict[Partition, list[Record]] = {}
        self._positions: dict[Partition, int] = {}
        self._revoked: Callable[[], Awaitable[None]] | None = None
        self._came = asyncio.Event()

    def put(self, partition: Partition, *values: bytes | None, key: bytes | None = None) -> None:
        """Let records with these values come in."""
        records = self._topic.setdefault(partition, [])
        for value in values:
            records.append(Record(partition, len(records), key, value))
        self._came.set()

    async def revoke(self) -> None:
        """Take all partitions away and give them back, as a rebalance does."""
        if self._revoked is not None:
            await self._revoked()
        self._rejoin()

    async def start(self, revoked: Callable[[], Awaitable[None]]) -> None:
        """Read on from what is committed."""
        self.starts += 1
        await self.admitting.wait()
        failure, self.start_failure = self.start_failure, None
        if failure is not None:
            raise failure
        self._revoked = revoked
        self._rejoin()

    async def fetch(self, *, wait_s: float) -> Mapping[Partition, Sequence[Record]]:
        """Return what is new in the partitions that aren't held."""
        failure, self.fetch_failure = self.fetch_failure, None
        if failure is not None:
            raise failure
        if not (batch := self._next_batch()):
            self._came.clear()
            await self._wait(wait_s)
            batch = self._next_batch()
        return batch

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Remember the offsets."""
        failure, self.commit_failure = self.commit_failure, None
        if failure is not None:
            raise failure
        self.committed |= offsets

    def pause(self, partition: Partition, offset: int) -> None:
        """Go back and stay."""
        self._positions[partition] = offset
        self.held.add(partition)

    def resume(self, partition: Partition) -> None:
        """Go on."""
        self.held.discard(partition)
        self._came.set()

    async def stop(self) -> None:
        """Count."""
        self.stops += 1
        self._revoked = None

    def _rejoin(self) -> None:
        self._positions = dict(self.committed)
        self.held.clear()
        self._came.set()

    def _next_batch(self) -> Mapping[Partition, Sequence[Record]]:
        batch = {}
        for partition, records in self._topic.items():
            begin = self._positions.get(partition, 0)
            end = min(len(records), begin + self._batch_records)
            if partition not in self.held and begin < end:
                batch[partition] = records[begin:end]
                self._positions[partition] = end
        return batch

    async def _wait(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._came.wait()
        except TimeoutError:
            return


class FakeDeadLetters:
    """Implements :class:`websocket_service.ingest.ports.DeadLetters`: ``records`` holds the letters.

    Set ``failure`` to make every burial raise it.
    """

    def __init__(self) -> None:
        self.records: list[tuple[Fetched, InvalidRecord]] = []
        self.failure: HuleEduError | None = None

    async def send_to_dlq(self, record: Fetched, invalid: InvalidRecord) -> None:
        """Keep the letter."""
        if self.failure is not None:
            raise self.failure
        self.records.append((record, invalid))

    async def stop(self) -> None:
        """Nothing is held."""
