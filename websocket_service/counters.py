"""What the feed counts, in plain numbers: counting must cost nothing beside sending."""

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


class IntakeTally:
    """Counters of one process since it started."""

    def __init__(self) -> None:
        self.consumed = 0
        """Records taken in hand; one that was put back and came again counts again."""
        self.appended = 0
        """Records that became an entry of a user's log, each published to the user's channel by the same step."""
        self.duplicates = 0
        """Records whose event the log, or the dead letters, had already."""
        self.dead_letters = Counter[str]()
        """Records that can never be told, by reason; the broker has confirmed each."""
        self.put_back = 0
        """Records left where they were because something they need was away."""
        self.in_hand = 0
        """Records taken and not decided yet."""
        self.pauses = Counter[str]()
        """How often a partition was held back, by the code of the failure."""
        self.stalled = 0
        """Partitions of ours that the broker doesn't serve now, though it serves others."""
        self.rewinds = 0
        """How often the last records were read again because another server answered for the log."""
        self.source_failures = Counter[str]()
        """How often the broker could not be reached or failed us, by operation."""
        self.event_to_log_s = Histogram(LATENCY_BUCKETS_S)
        """From the event's own time to its entry in the log."""

    @property
    def published(self) -> int:
        """Messages published by the log: one for each append, in the same atomic step."""
        return self.appended

    @property
    def unaccounted(self) -> int:
        """Records of which nobody can say what became: 0, or there is a mistake in the feed."""
        decided = self.appended + self.duplicates + self.dead_letters.total() + self.put_back
        return self.consumed - decided - self.in_hand
