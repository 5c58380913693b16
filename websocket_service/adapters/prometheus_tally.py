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
