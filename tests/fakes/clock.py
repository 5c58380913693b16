"""A clock that tests wind by hand."""

from datetime import UTC, datetime, timedelta

DEFAULT_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until a test advances it; implements :class:`common.clock.Clock`."""

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        """Return the time the clock was wound to."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds that grow by what the clock was advanced."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both readings ``seconds`` ahead."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
