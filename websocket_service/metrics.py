"""The feed's metrics: plain numbers that the code counts in, and the table that shows them to Prometheus.

Counting a delivered frame costs 0.4 µs so, and 2.4 µs with prometheus_client's own counters (decision 23). A new metric
is an attribute and a row.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

LATENCY_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Histogram:
    """Counts of observations by upper bound (inclusive), with their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = LATENCY_BUCKETS_S) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one observation."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class LiveCounters:
    """What happened to the connections of this process since it started.

    ``sockets`` and ``primaries_cut_off`` are gauges.
    """

    def __init__(self) -> None:
        self.sockets = Counter[str]()
        self.admissions = Counter[str]()
        self.endings = Counter[str]()
        self.relayed = Counter[str]()
        self.dropped = Counter[str]()
        self.duplicates = 0
        self.frames_sent = Counter[str]()
        self.client_frames = Counter[str]()
        self.catch_ups = Counter[str]()
        self.subscription_losses = 0
        self.primaries_cut_off = 0
        self.event_to_socket_s = Histogram()


class IngestCounters:
    """What became of the records of Kafka since the process started.

    ``in_flight`` and ``stalled`` are gauges. A deferred record counts as consumed again when it is fetched again.

    Args:
        dead_letter_reasons: shown as 0 from the start, so that an alert on growth has a value to grow from.
    """

    def __init__(self, dead_letter_reasons: tuple[str, ...] = ()) -> None:
        self.consumed = 0
        self.appended = 0
        self.duplicates = 0
        self.dead_letters = Counter[str](dict.fromkeys(dead_letter_reasons, 0))
        self.deferred = 0
        self.in_flight = 0
        self.pauses = Counter[str]()
        self.stalled = 0
        self.expired = 0
        self.rewinds = 0
        self.source_failures = Counter[str]()
        self.event_to_log_s = Histogram()

    @property
    def published(self) -> int:
        """Messages published by the log: one for each append, in the same atomic step."""
        return self.appended

    @property
    def unaccounted(self) -> int:
        """Consumed records that no other counter accounts for."""
        decided = self.appended + self.duplicates + self.dead_letters.total() + self.deferred
        return self.consumed - decided - self.in_flight


Family = type[CounterMetricFamily] | type[GaugeMetricFamily] | type[HistogramMetricFamily]


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: its Prometheus type, its name, its help text, its label where it has one, and the attribute it shows.

    Label values are closed sets.
    """

    family: Family
    name: str
    text: str
    label: str | None
    attribute: str


def counter(name: str, text: str, label: str | None = None, *, shows: str) -> Row:
    """Return the row of a counter."""
    return Row(CounterMetricFamily, name, text, label, shows)


def gauge(name: str, text: str, label: str | None = None, *, shows: str) -> Row:
    """Return the row of a gauge."""
    return Row(GaugeMetricFamily, name, text, label, shows)


def histogram(name: str, text: str, *, shows: str) -> Row:
    """Return the row of a histogram."""
    return Row(HistogramMetricFamily, name, text, None, shows)


LIVE: Final = (
    gauge("feed_sockets", "Open connections by transport.", "transport", shows="sockets"),
    counter(
        "feed_admissions", "Authenticated connection attempts, by outcome or error code.", "outcome", shows="admissions"
    ),
    counter("feed_endings", "Closed connections by error code, or CLIENT_LEFT.", "code", shows="endings"),
    counter("feed_relayed", "Messages received on users' channels, by kind.", "kind", shows="relayed"),
    counter("feed_dropped", "Messages that were not relayed, by reason.", "reason", shows="dropped"),
    counter("feed_frames_sent", "Frames written to clients, by kind.", "kind", shows="frames_sent"),
    counter("feed_client_frames", "Messages from clients, by kind.", "kind", shows="client_frames"),
    counter(
        "feed_reads", "Reads of a user's log for a client that connects or catches up.", "outcome", shows="catch_ups"
    ),
    counter("feed_duplicates", "Frames not sent because the connection already received them.", shows="duplicates"),
    counter("feed_subscription_losses", "Times the pub/sub connection was lost.", shows="subscription_losses"),
    gauge(
        "feed_primaries_cut_off",
        "Primaries of a Redis Cluster whose messages don't reach this replica.",
        shows="primaries_cut_off",
    ),
    histogram(
        "feed_event_to_socket_seconds",
        "Time from the event's timestamp to the write to a client; live frames only.",
        shows="event_to_socket_s",
    ),
)

INGEST: Final = (
    counter("feed_records_consumed", "Kafka records fetched; a deferred record counts again.", shows="consumed"),
    counter("feed_records_appended", "Records appended to their user's log.", shows="appended"),
    counter("feed_records_published", "Messages published to users' channels, one per append.", shows="published"),
    counter("feed_records_duplicate", "Records whose event or data the log already had.", shows="duplicates"),
    counter(
        "feed_records_dead_lettered",
        "Records sent to the dead letter topic, by reason; an undecodable batch counts once.",
        "reason",
        shows="dead_letters",
    ),
    counter("feed_records_put_back", "Records deferred because a store or a broker was unavailable.", shows="deferred"),
    gauge("feed_records_in_hand", "Records fetched whose outcome is still open.", shows="in_flight"),
    gauge(
        "feed_unaccounted",
        "Consumed records that no other counter accounts for; non-zero is a bug.",
        shows="unaccounted",
    ),
    counter("feed_partition_pauses", "Times a partition was paused, by error code.", "code", shows="pauses"),
    gauge("feed_partitions_stalled", "Partitions for which Kafka answered no fetch for 30 s.", shows="stalled"),
    counter("feed_records_expired", "Records that their topic no longer had when they were due.", shows="expired"),
    counter(
        "feed_rewinds",
        "Times the last 30 s of records were read again because another Redis server answered.",
        shows="rewinds",
    ),
    counter("feed_broker_failures", "Kafka failures by operation.", "operation", shows="source_failures"),
    histogram("feed_event_to_log_seconds", "Time from the event's timestamp to its log entry.", shows="event_to_log_s"),
)


class CountersCollector(Collector):
    """Shows ``counters`` by a table of rows; it reads them when Prometheus scrapes."""

    def __init__(self, counters: LiveCounters | IngestCounters, rows: tuple[Row, ...]) -> None:
        self._counters = counters
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """Yield a metric for each row."""
        for row in self._rows:
            family = row.family(row.name, row.text, labels=() if row.label is None else (row.label,))
            for sample in _samples(getattr(self._counters, row.attribute)):
                family.add_metric(*sample)
            yield family


def _samples(value: float | Counter[str] | Histogram) -> Iterator[tuple[Any, ...]]:
    """Yield the arguments of each sample's ``add_metric``."""
    match value:
        case Histogram():
            bounds = [*map(str, value.bounds), "+Inf"]
            yield [], list(zip(bounds, map(float, accumulate(value.counts)), strict=True)), value.total
        case Counter():
            yield from (([label], count) for label, count in value.items())
        case _:
            yield [], value
