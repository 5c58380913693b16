"""Which partitions a broker answers no fetch of.

A broker may refuse one partition and serve the others, of a broken disk for instance (CORRUPT_MESSAGE). aiokafka then
asks again for ever and raises nothing.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import structlog
from aiokafka import TopicPartition

_logger = structlog.get_logger(__name__)


class Fetching(Protocol):
    """What is asked of aiokafka's consumer."""

    def assignment(self) -> Collection[TopicPartition]:
        """Return the partitions that are ours."""
        ...

    def paused(self) -> Collection[TopicPartition]:
        """Return those that aren't fetched from now."""
        ...

    def last_poll_timestamp(self, partition: TopicPartition) -> int | None:
        """Return when a fetch was last answered with what it asked for, None before the first."""
        ...


@dataclass(frozen=True, slots=True)
class _Answer:
    told: int | None
    noted_at: float


class FetchAnswers:
    """Notes when each partition last had an answer; ``stalled`` are those that had none for ``patience_s`` seconds."""

    def __init__(self, patience_s: float) -> None:
        self.stalled: frozenset[TopicPartition] = frozenset()
        self._patience_s = patience_s
        self._answers: dict[TopicPartition, _Answer] = {}

    def note(self, consumer: Fetching, came: Collection[TopicPartition], *, now: float | None = None) -> None:
        """Look at every partition; ``came`` are those of which records have just come.

        One that is held back, or whose records wait to be taken, is asked for nothing and so hasn't stalled.
        """
        now = time.monotonic() if now is None else now
        paused, answers = consumer.paused(), {}
        for where in consumer.assignment():
            told, known = consumer.last_poll_timestamp(where), self._answers.get(where)
            moves = known is None or known.told != told or where in came or where in paused
            answers[where] = _Answer(told, now) if known is None or moves else known
        self._answers = answers
        stalled = frozenset(where for where, answer in answers.items() if now - answer.noted_at >= self._patience_s)
        for where in stalled - self.stalled:
            _logger.warning("notifications.partition_stalled", topic=where.topic, partition=where.partition)
        for where in self.stalled - stalled:
            _logger.info("notifications.partition_moves", topic=where.topic, partition=where.partition)
        self.stalled = stalled

    def forget(self) -> None:
        """Begin anew: the group was left."""
        self._answers, self.stalled = {}, frozenset()
