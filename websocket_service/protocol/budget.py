"""How many messages a client may send."""

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
