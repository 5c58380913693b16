"""Which of aiokafka's errors mean that its producer is of no more use."""

from typing import Final

from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerClosed, ProducerFenced, UnknownProducerId

_NEVER_RECOVERS: Final = (ProducerClosed, ProducerFenced, OutOfOrderSequenceNumber, UnknownProducerId)


def producer_is_broken(failure: Exception) -> bool:
    """Return whether every later send of the producer that raised ``failure`` fails too, so that it must be replaced.

    aiokafka sends in a task of its own. Once that has died, as an idempotent producer's does when the broker has lost
    track of it, each send raises what it died of: one of these, or a bare KafkaError for what it didn't expect.
    """
    return isinstance(failure, _NEVER_RECOVERS) or type(failure) is KafkaError
