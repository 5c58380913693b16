"""What the consumer of notifications needs from a broker."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from websocket_service.ingest.records import InvalidRecord


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One partition of one topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the broker keeps it."""

    partition: Partition
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def next_offset(self) -> int:
        """Where to read on after it."""
        return self.offset + 1


@dataclass(frozen=True, slots=True)
class UndecodableBatch:
    """Records that the broker keeps as one batch of bytes that can't be decoded.

    ``offset`` is that of its first record, or of the first that wasn't read, ``last_offset`` that of its last.
    ``content`` is the batch as the broker sent it, ``invalid`` what is wrong with it.
    """

    partition: Partition
    offset: int
    last_offset: int
    content: bytes
    invalid: InvalidRecord

    @property
    def next_offset(self) -> int:
        """Where to read on after it."""
        return self.last_offset + 1


Fetched = Record | UndecodableBatch


class RecordSource(Protocol):
    """A member of a consumer group. Every method is bounded by a deadline of the source's own."""

    async def start(self, revoked: Callable[[], Awaitable[None]]) -> None:
        """Join the group.

        ``revoked`` is awaited before partitions go to another member: what it has committed then counts.

        Raises HuleEduError: CONNECTION_ERROR when the broker can't be reached; it may be tried again.
        """
        ...

    async def fetch(self, *, wait_s: float) -> Mapping[Partition, Sequence[Fetched]]:
        """Return what has come, in offset order; nothing when nothing came within ``wait_s`` seconds.

        A batch that couldn't be decoded in three fetches over two connections comes as such, alone; meanwhile the other
        partitions are read.

        Raises HuleEduError when the source must be stopped and started again.
        """
        ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit these offsets; those of partitions that the group has moved are left to their new member.

        Raises HuleEduError: CONNECTION_ERROR when the broker didn't confirm; it may be tried again.
        """
        ...

    @property
    def answering(self) -> bool:
        """Whether the broker has answered lately, as far as the client knows."""
        ...

    @property
    def stalled(self) -> Collection[Partition]:
        """Assigned partitions that aren't paused and that the broker hasn't served for long; none while not started.

        When the rest of the broker answers, an operator has to decide whether their records may be skipped.
        """
        ...

    @property
    def expired(self) -> int:
        """How many records the topic no longer had when they were due, since the process started."""
        ...

    def pause(self, partition: Partition, offset: int) -> None:
        """Go back to ``offset`` and fetch nothing of the partition until it is resumed."""
        ...

    def resume(self, partition: Partition) -> None:
        """Fetch from a paused partition again; does nothing for a partition that the group has moved."""
        ...

    async def stop(self) -> None:
        """Leave the group; never raises."""
        ...


class DeadLetters(Protocol):
    """The queue for records that can never be delivered."""

    async def send_to_dlq(self, record: Fetched, invalid: InvalidRecord) -> None:
        """Keep the record or batch, with the reason, for operators; returns once the broker has it.

        Raises HuleEduError: KAFKA_PUBLISH_ERROR when the broker did not confirm.
        """
        ...

    async def stop(self) -> None:
        """Close the connection to the broker; never raises."""
        ...
