"""What the process logs while aiokafka's lines are told as the services tell them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from structlog.testing import capture_logs
from structlog.typing import EventDict

from common.observability.kafka_client_logs import KAFKA_CLIENT, KafkaClientLogs, tell_kafka_client_apart


@contextmanager
def kafka_client_logs(clock: Callable[[], float] = monotonic) -> Iterator[list[EventDict]]:
    """Yield the events of the block; logging is as before afterwards."""
    package = logging.getLogger(KAFKA_CLIENT)
    before = package.handlers[:], package.propagate
    tell_kafka_client_apart(KafkaClientLogs(logging.NullHandler(), clock=clock))
    try:
        with capture_logs() as events:
            yield events
    finally:
        package.handlers[:], package.propagate = before
