"""What the feed counts, in plain numbers: counting must cost nothing beside sending.

``adapters/prometheus_tally.py`` shows them. No user id is ever part of a label.
"""

from bisect import bisect_left
from collections import Counter

LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Histogram:
    """Counts of observations by upper bound (inclusive), with their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one observation."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class FeedTally:
    """Counters of one process since it started; ``sockets`` is a gauge."""

    def __init__(self) -> None:
        self.sockets = Counter[str]()
        """Open connections by transport."""
        self.admissions = Counter[str]()
        """Finished handshakes by outcome: the feed.ready outcome, or the error code of the refusal."""
        self.endings = Counter[str]()
        """Ended sessions by error code; ``CLIENT_LEFT`` when the client went by itself."""
        self.relayed = Counter[str]()
        """Messages that came in on users' channels, by kind."""
        self.dropped = Counter[str]()
        """Messages nobody got, by reason."""
        self.duplicates = 0
        """Frames a client had been given already, or newer ones of their kind: dropped."""
        self.frames_sent = Counter[str]()
        """Frames written to clients: ``live`` and ``replayed`` ones of their logs, ``direct`` and ``control``."""
        self.client_frames = Counter[str]()
        """Messages from clients by kind."""
        self.catch_ups = Counter[str]()
        """Reads of a user's stream for a client that arrives or is behind, by outcome."""
        self.subscription_losses = 0
        """How often the pub/sub connection was lost."""
        self.event_to_socket_s = Histogram(LATENCY_BUCKETS_S)
        """From the event's own time to the write to a socket, for live frames."""
