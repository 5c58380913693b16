"""What one connection may use: sizes, rates and times."""

from dataclasses import dataclass

from common.contracts.notification import MAX_NOTIFICATION_BYTES

PERIOD_S = 60.0


class FrameBudget:
    """Allows ``limit`` messages in any 60 seconds.

    It remembers the moments themselves, so that no window's edge lets twice as many through; a client that sends its
    two heartbeats a minute costs two floats.
    """

    __slots__ = ("_limit", "_moments")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._moments: list[float] = []

    def spend(self, now: float) -> bool:
        """Count one message at ``now`` (monotonic seconds); False means that it is one too many."""
        horizon = now - PERIOD_S
        while self._moments and self._moments[0] <= horizon:
            self._moments.pop(0)
        if len(self._moments) >= self._limit:
            return False
        self._moments.append(now)
        return True


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """What one socket may use; the defaults are the contract's or, where it is silent, the feed's own."""

    sockets_per_user: int = 5
    client_frames_per_minute: int = 100
    notification_bytes: int = MAX_NOTIFICATION_BYTES
    outbox_bytes: int = 1024 * 1024
    outbox_frames: int = 1024
    page_entries: int = 100
    ping_interval_s: float = 30.0
    idle_timeout_s: float = 300.0
    answer_within_s: float = 2.0
    expiry_warning_s: float = 60.0
    stalled_write_s: float = 10.0
    reconnects_per_s: float = 500.0
