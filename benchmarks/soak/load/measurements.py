"""What the load generator measures: each request, and each way in which a feed ended."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = "ok"


@dataclass(frozen=True, slots=True)
class Request:
    """One request: when it was due (Unix time), its route, what came of it and how long that took."""

    at: float
    route: str
    outcome: str
    ms: float


@dataclass(slots=True)
class Timing:
    """A request under way."""

    began: float
    outcome: str = "abandoned"


@dataclass(slots=True)
class Measurements:
    """Everything measured so far.

    Attributes:
        requests: Every request; its outcome is ``ok``, ``304``, a status and error code, or how the connection failed.
        endings: How the feeds' connections ended: (Unix time, transport, close code or status and reason).
        latencies: Notifications from Kafka to the client: (Unix time, ms).
        opened: How many connections of the feed came to ``feed.ready``, by outcome.
        in_flight: Requests under way.
    """

    requests: list[Request] = field(default_factory=list)
    endings: list[tuple[float, str, str]] = field(default_factory=list)
    latencies: list[tuple[float, float]] = field(default_factory=list)
    opened: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0

    @contextmanager
    def timing(self, route: str, due: float | None = None) -> Iterator[Timing]:
        """Time a request from ``due`` (by ``time.time``), or from now; what the block sets as outcome is kept."""
        timing = Timing(time.time() if due is None else due)
        self.in_flight += 1
        try:
            yield timing
        finally:
            self.in_flight -= 1
            elapsed_ms = (time.time() - timing.began) * 1000
            self.requests.append(Request(timing.began, route, timing.outcome, elapsed_ms))

    def end(self, transport: str, how: str) -> None:
        """Note that a connection of the feed ended."""
        self.endings.append((time.time(), transport, how))

    def arrive(self, made_ns: int) -> None:
        """Note the latency of a notification that was made at ``made_ns`` (monotonic, of this process)."""
        self.latencies.append((time.time(), (time.monotonic_ns() - made_ns) / 1e6))
