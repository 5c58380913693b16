"""What is left of the time a route has for all that it asks of the services behind (docs/gateway.md, row 10)."""

from common.clock import Clock


class RouteDeadline:
    """The time of one request; it begins to run when this is made.

    Args:
        total_s: for every call to an upstream together (HTTP_CLIENT_TIMEOUT_SECONDS).
        clock: tells how much is gone.
    """

    def __init__(self, total_s: float, clock: Clock) -> None:
        self._clock = clock
        self._ends = clock.monotonic() + total_s

    @property
    def left_s(self) -> float:
        """Seconds that the next call may take, none of them when the time is over."""
        return max(0.0, self._ends - self._clock.monotonic())
