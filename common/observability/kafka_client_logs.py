"""What aiokafka logs about itself, told as two events: most of it is a rebalance, or repeats what a service logs.

aiokafka warns of each heartbeat that finds the group changing, and of each try to reach a broker that is away, several
times a second. The services log what follows from that: :mod:`websocket_service.ingest`, the adapters of Kafka.
"""

import logging
from collections.abc import Callable
from time import monotonic

import structlog

KAFKA_CLIENT = "aiokafka"
"""The logger of which all of the package's own are children."""

REPEATED_AFTER_S = 60.0
"""A remark of the same kind is logged again after this time at the earliest."""

GROUP_CHANGES = frozenset(
    {
        "Heartbeat failed for group %s because it is rebalancing",
        "Heartbeat failed for group %s: generation id is not  current.",
        "Heartbeat failed: local member_id was not recognized; resetting and re-joining group",
        "OffsetCommit failed for group %s due to group error (%s), will rejoin",
        "OffsetCommit failed before join, ignoring: %s",
        "No partition metadata for topic %s",
        "Topic %s is not available during auto-create initialization",
        "Group Coordinator Request failed: %s",
        "Marking the coordinator dead (node %s)for group %s.",
    }
)
"""aiokafka's warnings and errors that a rebalance, a new topic and a new broker bring with them; nothing is wrong then.

Where it lasts, joining the group or committing fails, and the feed warns of that itself.
"""

_logger = structlog.get_logger(__name__)


class KafkaClientLogs(logging.Handler):
    """Turns aiokafka's warnings and errors into events, and drops those of a kind that has just been logged.

    Args:
        others: takes what is below a warning, which is logged at LOG_LEVEL=DEBUG alone.
        clock: seconds that only grow.
    """

    def __init__(self, others: logging.Handler, *, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._others = others
        self._clock = clock
        self._logged_at: dict[str, float] = {}
        self._dropped: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Log ``record`` as an event."""
        if record.levelno < logging.WARNING:
            self._others.emit(record)
        elif record.msg in GROUP_CHANGES:
            if self._is_due("group"):
                _logger.info("kafka.group_changes", remark=record.getMessage(), dropped=self._dropped.pop("group", 0))
        elif self._is_due(kind := str(record.msg)):
            _logger.warning(
                "kafka.client_warned",
                client=record.name,
                remark=record.getMessage(),
                dropped=self._dropped.pop(kind, 0),
                exc_info=record.exc_info,
            )

    def _is_due(self, kind: str) -> bool:
        now = self._clock()
        if now - self._logged_at.get(kind, -REPEATED_AFTER_S) < REPEATED_AFTER_S:
            self._dropped[kind] = self._dropped.get(kind, 0) + 1
            return False
        self._logged_at[kind] = now
        return True


def tell_kafka_client_apart(logs: KafkaClientLogs) -> None:
    """Have what aiokafka logs go to ``logs`` and nowhere else."""
    client = logging.getLogger(KAFKA_CLIENT)
    client.handlers[:] = [logs]
    client.propagate = False
