"""Shows the feed's counts to Prometheus."""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from websocket_service.tally import FeedTally, Histogram


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
        yield _counter("feed_admissions", "Arrivals by outcome or refusal.", "outcome", tally.admissions)
        yield _counter("feed_endings", "Ended connections by error code.", "code", tally.endings)
        yield _counter("feed_relayed", "Messages heard on users' channels by kind.", "kind", tally.relayed)
        yield _counter("feed_dropped", "Messages nobody got by reason.", "reason", tally.dropped)
        yield _counter("feed_frames_sent", "Frames written to clients by kind.", "kind", tally.frames_sent)
        yield _counter("feed_client_frames", "Messages from clients by kind.", "kind", tally.client_frames)
        yield _counter("feed_reads", "Reads of users' streams by outcome.", "outcome", tally.catch_ups)
        yield CounterMetricFamily("feed_duplicates", "Copies that were not sent.", value=tally.duplicates)
        yield CounterMetricFamily(
            "feed_subscription_losses", "Lost pub/sub connections.", value=tally.subscription_losses
        )
        yield _histogram("feed_event_to_socket_seconds", "From event to socket write.", tally.event_to_socket_s)


def _counter(name: str, text: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _histogram(name: str, text: str, histogram: Histogram) -> HistogramMetricFamily:
    cumulative = list(accumulate(histogram.counts))
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    buckets = [(bound, float(count)) for bound, count in zip(bounds, cumulative, strict=True)]
    family = HistogramMetricFamily(name, text)
    family.add_metric([], buckets, histogram.total)
    return family
