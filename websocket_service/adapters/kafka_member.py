"""A member of a consumer group on aiokafka: it stops when told, hears of rebalances, and detects stalled partitions."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

_logger = structlog.get_logger(__name__)

_FIRST_LEFT = 1
"""The first generation of a group that aiokafka leaves."""


class GroupMember(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
    """A consumer that has left its group and ended when ``stop`` returns.

    aiokafka's reads on when ``stop`` is cancelled. In the generation 0, with which Tansu begins, it doesn't leave: the
    other members then wait for the end of its session. Which generation is left the broker isn't told.
    """

    async def stop(self) -> None:
        """Leave the group."""
        if self._coordinator is not None and self._coordinator.generation == 0:
            self._coordinator.generation = _FIRST_LEFT
        try:
            await super().stop()
        except asyncio.CancelledError:
            self._subscription.unsubscribe()
            if self._fetcher is not None:
                await self._fetcher.close()
            await self._client.close()
            raise


@ConsumerRebalanceListener.register
class RebalanceListener:
    """Awaits ``on_revoked`` before partitions go to another member.

    Registered as a virtual subclass, because aiokafka ships no types to inherit from.
    """

    def __init__(self, on_revoked: Callable[[], Awaitable[None]]) -> None:
        self._on_revoked = on_revoked

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Await the callback unless nothing was revoked."""
        if revoked:
            await self._on_revoked()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Log which partitions this member reads now."""
        _logger.info("notifications.partitions_assigned", partitions=sorted(where.partition for where in assigned))


class Fetching(Protocol):
    """The part of aiokafka's consumer that tells which fetches were answered."""

    def assignment(self) -> Collection[TopicPartition]:
        """Return the assigned partitions."""
        ...

    def paused(self) -> Collection[TopicPartition]:
        """Return the partitions that aren't fetched."""
        ...

    def last_poll_timestamp(self, partition: TopicPartition) -> int | None:
        """Return when a fetch was last answered with what it asked for, None before the first."""
        ...


@dataclass(frozen=True, slots=True)
class _Answer:
    timestamp: int | None
    noted_at: float


class StallDetector:
    """Detects partitions of which the broker answers no fetch; ``stalled`` had none for ``after_s`` seconds.

    A broker may refuse one partition and serve the others, because of a broken disk for instance (CORRUPT_MESSAGE).
    aiokafka then repeats the fetch for ever and raises nothing.
    """

    def __init__(self, after_s: float) -> None:
        self.stalled: frozenset[TopicPartition] = frozenset()
        self._after_s = after_s
        self._answers: dict[TopicPartition, _Answer] = {}

    def check(self, consumer: Fetching, received: Collection[TopicPartition], *, now: float) -> None:
        """Check every assigned partition; records have just come from ``received``.

        A partition that is paused, or whose records wait to be taken, isn't fetched and so hasn't stalled.
        """
        paused, answers = consumer.paused(), {}
        for where in consumer.assignment():
            timestamp, known = consumer.last_poll_timestamp(where), self._answers.get(where)
            moves = known is None or known.timestamp != timestamp or where in received or where in paused
            answers[where] = _Answer(timestamp, now) if known is None or moves else known
        self._answers = answers
        stalled = frozenset(where for where, answer in answers.items() if now - answer.noted_at >= self._after_s)
        for where in stalled - self.stalled:
            _logger.warning("notifications.partition_stalled", topic=where.topic, partition=where.partition)
        for where in self.stalled - stalled:
            _logger.info("notifications.partition_moves", topic=where.topic, partition=where.partition)
        self.stalled = stalled

    def reset(self) -> None:
        """Forget all partitions: the group was left."""
        self._answers, self.stalled = {}, frozenset()
