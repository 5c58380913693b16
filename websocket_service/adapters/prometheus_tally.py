"""Shows the feed's counts to Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from websocket_service.adapters.metric_families import counter_family, histogram_family
from websocket_service.tally import FeedTally


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
        yield counter_family("feed_admissions", "Arrivals by outcome or refusal.", "outcome", tally.admissions)
        yield counter_family("feed_endings", "Ended connections by error code.", "code", tally.endings)
        yield counter_family("feed_relayed", "Messages heard on users' channels by kind.", "kind", tally.relayed)
        yield counter_family("feed_dropped", "Messages nobody got by reason.", "reason", tally.dropped)
        yield counter_family("feed_frames_sent", "Frames written to clients by kind.", "kind", tally.frames_sent)
        yield counter_family("feed_client_frames", "Messages from clients by kind.", "kind", tally.client_frames)
        yield counter_family("feed_reads", "Reads of users' streams by outcome.", "outcome", tally.catch_ups)
        yield CounterMetricFamily("feed_duplicates", "Copies that were not sent.", value=tally.duplicates)
        yield CounterMetricFamily(
            "feed_subscription_losses", "Lost pub/sub connections.", value=tally.subscription_losses
        )
        yield histogram_family("feed_event_to_socket_seconds", "From event to socket write.", tally.event_to_socket_s)
