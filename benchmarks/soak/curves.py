"""The plots of a soak."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from benchmarks.plots import lines
from benchmarks.rounds import percentile
from benchmarks.soak.load.run import SUCCESSES
from benchmarks.soak.outcome import Outcome
from benchmarks.soak.samples import Sample

BUCKETS = 60
MEGABYTE = 1e6

Points = Sequence[tuple[float, float]]
Curves = Mapping[str, Points]


def plots(outcome: Outcome) -> dict[str, str]:
    """Return each plot as SVG, by the name of its file without the ending."""
    if outcome.began is None:
        return {}
    began = outcome.began
    minutes = "minutes"
    drawn = {
        "memory": lines("Resident memory", minutes, "MB", by_life(outcome, began, lambda one: one.rss / MEGABYTE)),
        "descriptors": lines("Open descriptors", minutes, "", by_life(outcome, began, lambda one: one.descriptors)),
        "redis": lines("Redis, used memory", minutes, "MB", redis_memory(outcome, began)),
    }
    if outcome.load:
        drawn["requests"] = lines("Requests and errors", minutes, "a second", requests(outcome, began))
        drawn["latency"] = lines("Latency, p99", minutes, "ms", latencies(outcome, began))
    return drawn


def by_life(outcome: Outcome, began: float, value: Callable[[Sample], float]) -> Curves:
    """Return a curve for each replica; where a new process begins, the curve is interrupted."""
    curves: dict[str, list[tuple[float, float]]] = defaultdict(list)
    last: dict[str, int] = {}
    for sample in outcome.samples:
        minute = (sample.at - began) / 60
        if last.setdefault(sample.replica, sample.pid) != sample.pid:
            curves[sample.replica].append((minute, 0.0))
        last[sample.replica] = sample.pid
        curves[sample.replica].append((minute, value(sample)))
    return curves


def redis_memory(outcome: Outcome, began: float) -> Curves:
    """Return the curve of Redis' memory."""
    return {"used memory": [((one.at - began) / 60, one.used_memory / MEGABYTE) for one in outcome.store]}


def requests(outcome: Outcome, began: float) -> Curves:
    """Return requests and errors a second."""
    answered = [(at, 1.0) for at, *_ in outcome.load["requests"]]
    failed = [(at, 1.0) for at, _, result, _ in outcome.load["requests"] if result not in SUCCESSES]
    width = bucket_s(outcome, began)
    return {
        "requests": bucketed(answered, began, width, lambda values: len(values) / width),
        "errors": bucketed(failed, began, width, lambda values: len(values) / width),
    }


def latencies(outcome: Outcome, began: float) -> Curves:
    """Return the 99th percentile of reads and of notifications."""
    width = bucket_s(outcome, began)
    reads = [(at, ms) for at, *_, ms in outcome.load["requests"]]
    arrivals = [(at, ms) for at, ms in outcome.load["latencies"]]
    return {
        "requests": bucketed(reads, began, width, p99),
        "Kafka to client": bucketed(arrivals, began, width, p99),
    }


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return percentile(values, 99)


def bucket_s(outcome: Outcome, began: float) -> float:
    """Return how many seconds one point stands for."""
    return max(1.0, (outcome.samples[-1].at - began) / BUCKETS)


def bucketed(points: Points, began: float, width_s: float, value: Callable[[Sequence[float]], float]) -> Points:
    """Return one point for each bucket of time, in minutes."""
    buckets: dict[int, list[float]] = defaultdict(list)
    for at, each in points:
        if at >= began:
            buckets[int((at - began) / width_s)].append(each)
    return [((number + 0.5) * width_s / 60, value(values)) for number, values in sorted(buckets.items())]
