"""Shows the feed's counts to Prometheus."""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from websocket_service.counters import FeedTally, Histogram, IntakeTally
from websocket_service.ingest.records import UnfitReason


def counter_family(name: str, text: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    """Return a counter with one label, a closed set."""
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def histogram_family(name: str, text: str, histogram: Histogram) -> HistogramMetricFamily:
    """Return a histogram without labels."""
    cumulative = list(accumulate(histogram.counts))
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    buckets = [(bound, float(count)) for bound, count in zip(bounds, cumulative, strict=True)]
    family = HistogramMetricFamily(name, text)
    family.add_metric([], buckets, histogram.total)
    return family


class IntakeTallyCollector(Collector):
    """Reads the counts when it is asked; labels are closed sets."""

    def __init__(self, tally: IntakeTally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the way from Kafka into the logs."""
        tally = self._tally
        dead_letters = dict.fromkeys(UnfitReason, 0) | tally.dead_letters  # an alert on growth needs what it grows from
        yield CounterMetricFamily(
            "feed_records_consumed", "Kafka records taken in hand; one put back counts again.", value=tally.consumed
        )
        yield CounterMetricFamily(
            "feed_records_appended", "Records that became an entry of their user's log.", value=tally.appended
        )
        yield CounterMetricFamily(
            "feed_records_published",
            "Messages published to users' channels: one with each such entry, in the same step.",
            value=tally.published,
        )
        yield CounterMetricFamily(
            "feed_records_duplicate",
            "Records whose event or data was logged before: read or published again.",
            value=tally.duplicates,
        )
        yield counter_family(
            "feed_records_dead_lettered",
            "Records kept as dead letters, by reason; an undecodable batch counts once.",
            "reason",
            dead_letters,
        )
        yield CounterMetricFamily(
            "feed_records_put_back", "Records left for later: a store or a broker was away.", value=tally.put_back
        )
        yield GaugeMetricFamily(
            "feed_records_in_hand", "Records taken in hand and not decided yet.", value=tally.in_hand
        )
        yield GaugeMetricFamily(
            "feed_unaccounted",
            "Records consumed whose fate is none of these and that aren't in hand: 0, or the feed is wrong.",
            value=tally.unaccounted,
        )
        yield counter_family(
            "feed_partition_pauses", "Times a partition was held back, by error code.", "code", tally.pauses
        )
        yield GaugeMetricFamily(
            "feed_partitions_stalled", "Partitions of which Kafka answered no fetch for 30 s.", value=tally.stalled
        )
        yield CounterMetricFamily(
            "feed_rewinds", "Times the last 30 s were read again: another Redis answered.", value=tally.rewinds
        )
        yield counter_family(
            "feed_broker_failures", "Failures of Kafka, by operation.", "operation", tally.source_failures
        )
        yield histogram_family(
            "feed_event_to_log_seconds", "From the event's own time to its log entry.", tally.event_to_log_s
        )


class FeedTallyCollector(Collector):
    """Reads the counts when it is asked; labels are closed sets."""

    def __init__(self, tally: FeedTally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the feed's sockets."""
        tally = self._tally
        sockets = GaugeMetricFamily("feed_sockets", "Open connections by transport.", labels=["transport"])
        for transport, count in tally.sockets.items():
            sockets.add_metric([transport], count)
        yield sockets
        yield counter_family(
            "feed_admissions", "Arrivals with a good credential, by outcome or error code.", "outcome", tally.admissions
        )
        yield counter_family("feed_endings", "Ended connections by error code, or CLIENT_LEFT.", "code", tally.endings)
        yield counter_family(
            "feed_relayed", "Messages heard on users' channels, by whose they are.", "kind", tally.relayed
        )
        yield counter_family("feed_dropped", "Messages that were not passed on, by reason.", "reason", tally.dropped)
        yield counter_family("feed_frames_sent", "Frames written to clients, by kind.", "kind", tally.frames_sent)
        yield counter_family("feed_client_frames", "Messages from clients, by kind.", "kind", tally.client_frames)
        yield counter_family(
            "feed_reads", "Reads of a user's log for one who arrives or is behind.", "outcome", tally.catch_ups
        )
        yield CounterMetricFamily(
            "feed_duplicates", "Frames a connection had already: not sent again.", value=tally.duplicates
        )
        yield CounterMetricFamily(
            "feed_subscription_losses", "Times the pub/sub connection was lost.", value=tally.subscription_losses
        )
        yield histogram_family(
            "feed_event_to_socket_seconds",
            "From the event's own time to the write to a client, live frames only.",
            tally.event_to_socket_s,
        )
