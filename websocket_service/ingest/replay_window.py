"""Where the last records came from, so that they can be taken in again."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from common.identity.principal import UserId
from common.notification_log import Lineage
from websocket_service.ingest.ports import Partition


@dataclass(slots=True)
class _Path:
    steps: deque[tuple[float, int]] = field(default_factory=deque)
    witness: UserId | None = None


class Trail:
    """The offsets of each partition's last ``reach_s`` seconds, and whose log they went into.

    A store that fails over may lose what it confirmed last. Kafka still has it: when another server answers for the
    log, reading each partition again from the trail's beginning appends what was lost, and nothing else, since the log
    knows the events it has.
    """

    def __init__(self, *, reach_s: float) -> None:
        self._reach_s = reach_s
        self._paths: dict[Partition, _Path] = {}
        self._known: set[Lineage] = set()

    def note(self, partition: Partition, offset: int, *, witness: UserId | None, now: float) -> None:
        """Remember that records from ``offset`` on were decided; ``witness`` is a user one of them went to."""
        path = self._paths.setdefault(partition, _Path())
        path.steps.append((now, offset))
        path.witness = witness or path.witness

    def has_turned(self, lineages: set[Lineage]) -> bool:
        """Whether a server is among those that answered which never did before, when others had."""
        turned = bool(self._known) and not lineages <= self._known
        self._known |= lineages
        return turned

    def witnesses(self, now: float) -> set[UserId]:
        """Return, for each partition that was active within reach, a user whose log tells whether it is still there."""
        self._prune(now)
        return {path.witness for path in self._paths.values() if path.witness is not None}

    def beginnings(self, now: float) -> Mapping[Partition, int]:
        """Return the lowest offset of each partition that was decided within reach."""
        self._prune(now)
        return {partition: min(offset for _, offset in path.steps) for partition, path in self._paths.items()}

    def forget_partitions(self) -> None:
        """Forget the offsets: the partitions may be somebody else's now."""
        self._paths.clear()

    def _prune(self, now: float) -> None:
        for partition, path in list(self._paths.items()):
            while path.steps and path.steps[0][0] < now - self._reach_s:
                path.steps.popleft()
            if not path.steps:
                del self._paths[partition]
