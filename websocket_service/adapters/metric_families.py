"""Plain counts in Prometheus' shapes."""

from collections.abc import Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

from websocket_service.tally import Histogram


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
