"""Shows what became of Kafka's records to Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from websocket_service.adapters.metric_families import counter_family, histogram_family
from websocket_service.intake_tally import IntakeTally


class IntakeTallyCollector(Collector):
    """Reads the counts when it is asked; labels are closed sets."""

    def __init__(self, tally: IntakeTally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the way from Kafka into the logs."""
        tally = self._tally
        yield CounterMetricFamily("feed_records_consumed", "Kafka records taken in hand.", value=tally.consumed)
        yield CounterMetricFamily("feed_records_appended", "Records logged for their user.", value=tally.appended)
        yield CounterMetricFamily("feed_records_published", "Records told to live sockets.", value=tally.published)
        yield CounterMetricFamily("feed_records_duplicate", "Records told before.", value=tally.duplicates)
        yield counter_family("feed_records_dead_lettered", "Records that can't be told.", "reason", tally.dead_letters)
        yield CounterMetricFamily("feed_records_put_back", "Records left for later.", value=tally.put_back)
        yield GaugeMetricFamily("feed_records_in_hand", "Records not decided yet.", value=tally.in_hand)
        yield GaugeMetricFamily(
            "feed_unaccounted", "Records nobody can say the fate of; always 0.", value=tally.unaccounted
        )
        yield counter_family("feed_partition_pauses", "Partitions held back by failure.", "code", tally.pauses)
        yield CounterMetricFamily("feed_rewinds", "Rereadings after another Redis answered.", value=tally.rewinds)
        yield counter_family("feed_broker_failures", "Failures of Kafka.", "operation", tally.source_failures)
        yield histogram_family("feed_event_to_log_seconds", "From event to log entry.", tally.event_to_log_s)
