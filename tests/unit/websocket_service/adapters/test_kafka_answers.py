"""Which partitions have stalled, as time passes."""

from aiokafka import TopicPartition

from websocket_service.adapters.kafka_answers import FetchAnswers

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
    """One that is never answered has stalled once patience is over, one that is answered has not."""
    consumer, answers = Consumer(), FetchAnswers(30)

    answers.note(consumer, (), now=0)
    consumer.answered[TWO] = 1000
    answers.note(consumer, (), now=29)
    early = answers.stalled
    answers.note(consumer, (), now=30)
    late = answers.stalled
    consumer.answered[ONE] = 31_000
    answers.note(consumer, (), now=31)

    assert (early, late, answers.stalled) == (frozenset(), frozenset({ONE}), frozenset())


def test_what_is_asked_for_nothing_has_not_stalled() -> None:
    """A held partition isn't fetched, nor one whose records wait to be taken; one that was lost is no matter."""
    consumer, answers = Consumer(), FetchAnswers(30)
    consumer.held = {ONE}
    answers.note(consumer, (), now=0)
    answers.note(consumer, {TWO}, now=100)
    held_and_taken = answers.stalled
    answers.note(consumer, (), now=200)
    not_taken = answers.stalled
    del consumer.answered[TWO]
    answers.note(consumer, (), now=300)

    assert (held_and_taken, not_taken, answers.stalled) == (frozenset(), frozenset({TWO}), frozenset())
