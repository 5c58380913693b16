"""Shows what became of Kafka's records to Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from websocket_service.adapters.metric_families import counter_family, histogram_family
from websocket_service.intake_tally import IntakeTally
from websocket_service.protocol.records import UnfitReason


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
