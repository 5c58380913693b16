"""What the consumer of notifications needs from a broker."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from websocket_service.ingest.records import Unfit


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
    ``content`` is the batch as the broker sent it, ``unfit`` what is wrong with it.
    """

    partition: Partition
    offset: int
    last_offset: int
    content: bytes
    unfit: Unfit

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
        """Let the group read on from these offsets; those of partitions lost meanwhile are left to their new owner.

        Raises HuleEduError: CONNECTION_ERROR when the broker didn't confirm; it may be tried again.
        """
        ...

    @property
    def answering(self) -> bool:
        """Whether the broker has answered lately, as far as can be told."""
        ...

    @property
    def stalled(self) -> Collection[Partition]:
        """Partitions of ours that the broker hasn't served for long, though nobody holds them; none while not started.

        Where it isn't the whole broker that is away, only somebody can tell whether they may be passed.
        """
        ...

    def hold(self, partition: Partition, offset: int) -> None:
        """Go back to ``offset`` and fetch nothing of the partition until it is released."""
        ...

    def release(self, partition: Partition) -> None:
        """Fetch from a held partition again; one that isn't ours any more is no matter."""
        ...

    async def stop(self) -> None:
        """Leave the group; never raises."""
        ...


class DeadLetters(Protocol):
    """Where records go that can never be told."""

    async def bury(self, record: Fetched, unfit: Unfit) -> None:
        """Keep the record or batch, with the reason, for operators; returns once the broker has it.

        Raises HuleEduError: KAFKA_PUBLISH_ERROR when the broker did not confirm.
        """
        ...

    async def stop(self) -> None:
        """Let go of the broker; never raises."""
        ...
