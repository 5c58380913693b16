"""What became of the records taken in, in plain numbers.

``adapters/prometheus_intake.py`` shows them. No user id is ever part of a label.
"""

from collections import Counter

from websocket_service.tally import LATENCY_BUCKETS_S, Histogram


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
