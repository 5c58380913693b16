"""Remembers where the last records came from, so that they can be read again after a failover of the log."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from common.identity.principal import UserId
from common.notification_log import ReplicationId
from websocket_service.ingest.ports import Partition


@dataclass(slots=True)
class _PartitionWindow:
    offsets: deque[tuple[float, int]] = field(default_factory=deque)
    probe_user: UserId | None = None


class FailoverWindow:
    """The offsets that each partition reached in the last ``window_s`` seconds, and whose logs they went into.

    A store that fails over may lose the writes that it confirmed last. Kafka still has their records: reading each
    partition again from the window's first offset appends what was lost and nothing else, because the log recognises
    the events that it has.
    """

    def __init__(self, *, window_s: float) -> None:
        self._window_s = window_s
        self._partitions: dict[Partition, _PartitionWindow] = {}
        self._known: set[ReplicationId] = set()

    def note(self, partition: Partition, offset: int, *, probe_user: UserId | None, now: float) -> None:
        """Remember that records from ``offset`` on were decided; ``probe_user`` is a user that one of them was for."""
        window = self._partitions.setdefault(partition, _PartitionWindow())
        window.offsets.append((now, offset))
        window.probe_user = probe_user or window.probe_user

    def failover_detected(self, replication_ids: set[ReplicationId]) -> bool:
        """Return whether a server that never answered before is among these, when others had answered."""
        detected = bool(self._known) and not replication_ids <= self._known
        self._known |= replication_ids
        return detected

    def probe_users(self, now: float) -> set[UserId]:
        """Return a user for each partition in the window: the server that keeps that user's log can be asked."""
        self._prune(now)
        return {window.probe_user for window in self._partitions.values() if window.probe_user is not None}

    def first_offsets(self, now: float) -> Mapping[Partition, int]:
        """Return the lowest offset of each partition in the window."""
        self._prune(now)
        return {
            partition: min(offset for _, offset in window.offsets) for partition, window in self._partitions.items()
        }

    def forget_partitions(self) -> None:
        """Forget the offsets: the partitions may be another member's now."""
        self._partitions.clear()

    def _prune(self, now: float) -> None:
        for partition, window in list(self._partitions.items()):
            while window.offsets and window.offsets[0][0] < now - self._window_s:
                window.offsets.popleft()
            if not window.offsets:
                del self._partitions[partition]
