"""Which partitions have stalled, as time passes."""

from aiokafka import TopicPartition

from websocket_service.adapters.kafka_member import StallDetector

ONE, TWO = TopicPartition("t", 1), TopicPartition("t", 2)


class Consumer:
    """What aiokafka would say."""

    def __init__(self) -> None:
        self.answered: dict[TopicPartition, int | None] = {ONE: None, TWO: None}
        self.held: set[TopicPartition] = set()

    def assignment(self) -> set[TopicPartition]:
        """Return all."""
        return set(self.answered)

    def paused(self) -> set[TopicPartition]:
        """Return the held ones."""
        return self.held

    def last_poll_timestamp(self, partition: TopicPartition) -> int | None:
        """Return what it is set to."""
        return self.answered[partition]


def test_a_partition_without_an_answer_has_stalled_until_it_has_one() -> None:
    """One that is never answered has stalled once the time is over, one that is answered has not."""
    consumer, detector = Consumer(), StallDetector(30)

    detector.check(consumer, (), now=0)
    consumer.answered[TWO] = 1000
    detector.check(consumer, (), now=29)
    early = detector.stalled
    detector.check(consumer, (), now=30)
    late = detector.stalled
    consumer.answered[ONE] = 31_000
    detector.check(consumer, (), now=31)

    assert (early, late, detector.stalled) == (frozenset(), frozenset({ONE}), frozenset())


def test_what_is_asked_for_nothing_has_not_stalled() -> None:
    """A held partition isn't fetched, nor one whose records wait to be taken; one that was lost is no matter."""
    consumer, detector = Consumer(), StallDetector(30)
    consumer.held = {ONE}
    detector.check(consumer, (), now=0)
    detector.check(consumer, {TWO}, now=100)
    held_and_taken = detector.stalled
    detector.check(consumer, (), now=200)
    not_taken = detector.stalled
    del consumer.answered[TWO]
    detector.check(consumer, (), now=300)

    assert (held_and_taken, not_taken, detector.stalled) == (frozenset(), frozenset({TWO}), frozenset())
