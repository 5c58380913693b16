"""What a soak must not have seen. Counts and growth decide; how long anything took never does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.soak.disturbances import Kind
from benchmarks.soak.outcome import Outcome
from benchmarks.soak.samples import Sample
from benchmarks.soak.trend import Trend, trend_of

WARM_UP_PART = 0.3
"""The part of a process's life in which caches fill and the allocator finds its size."""

LEAST_TREND_S = 240.0
"""What remains of a life must be as long as this to show a trend."""

DESCRIPTORS_AT_REST = 20
"""How many more a replica may hold after the day than before it: connections to Kafka and the upstreams."""

OWN_SCRAPE = 1
"""The request in flight that asks for the metrics."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How fast a quantity may grow, a minute; ``scale`` turns its samples into ``unit``."""

    unit: str
    scale: float
    per_minute: float


LIMITS: Mapping[str, Limit] = {
    "RSS": Limit("MB", 1e6, 0.5),
    "live objects": Limit("", 1, 100.0),
    "tasks": Limit("", 1, 2.0),
    "descriptors": Limit("", 1, 5.0),
}


@dataclass(frozen=True, slots=True)
class Growth:
    """The trend of one quantity of one process that lived long enough."""

    replica: str
    quantity: str
    trend: Trend
    limit: Limit

    @property
    def holds(self) -> bool:
        """Whether the growth may be within the limit: only what is certainly above it fails."""
        return self.trend.at_least <= self.limit.per_minute


def failures(outcome: Outcome) -> list[str]:
    """Return every promise that the soak saw broken, in words; empty when all hold."""
    return [
        *outcome.failed_parts,
        *_books(outcome),
        *_commands(outcome),
        *_counters(outcome.samples + outcome.rest_after),
        *_rest(outcome),
        *_exits(outcome),
        *(
            f"{family.immortal} keys {name} never expire"
            for name, family in outcome.families.items()
            if family.immortal
        ),
        *(
            f"{growth.replica}: {growth.quantity} grow by at least {growth.trend.at_least:.1f} {growth.limit.unit} a "
            f"minute, more than {growth.limit.per_minute:g}"
            for growth in growths(outcome)
            if not growth.holds
        ),
    ]


def _books(outcome: Outcome) -> Iterator[str]:
    books = outcome.load.get("ledger")
    if books is None:
        yield "the load generator ended without results"
        return
    words = {
        "lost": "notifications were lost",
        "twice": "notifications came twice",
        "foreign": "notifications came to another teacher",
        "told_lost": "times the feed told of a gap or a reset",
    }
    for name, what in words.items():
        if books[name]:
            yield f"{books[name]} {what}: {', '.join(books['examples'])}".rstrip(": ")


def _commands(outcome: Outcome) -> Iterator[str]:
    books = outcome.load.get("commands", {})
    words = {
        "missing": "acknowledged commands are not on Kafka",
        "two_ids": "commands are on Kafka under two event ids",
        "repeated": "commands are on Kafka twice though no attempt was cut off",
    }
    for name, what in words.items():
        if books.get(name):
            yield f"{books[name]} {what}: {', '.join(books['examples'])}"


def _counters(samples: Sequence[Sample]) -> Iterator[str]:
    for name, what in {
        "feed_unaccounted": "unaccounted records",
        "feed_records_dead_lettered_total": "dead letters",
        "feed_rewinds_total": "rewinds",
    }.items():
        worst = max(samples, key=lambda sample: abs(sample.gauges.get(name, 0.0)), default=None)
        if worst is not None and worst.gauges.get(name, 0.0):
            yield f"{worst.replica}: {worst.gauges[name]:g} {what}"


def _rest(outcome: Outcome) -> Iterator[str]:
    """Yield what a replica still held when everybody had left."""
    before = {sample.replica: sample for sample in outcome.rest_before}
    for sample in outcome.rest_after:
        for name in ("feed_sockets", "websockets_open", "feed_records_in_hand"):
            if sample.gauges.get(name):
                yield f"{sample.replica}: {name} is {sample.gauges[name]:g} after everybody has left"
        in_flight = sample.gauges.get("http_requests_in_flight", 0)
        if in_flight > OWN_SCRAPE:
            yield f"{sample.replica}: {in_flight - OWN_SCRAPE:g} requests are in flight after everybody has left"
        more = sample.descriptors - before[sample.replica].descriptors
        if more > DESCRIPTORS_AT_REST:
            yield f"{sample.replica}: {more} descriptors more than before the day"


def _exits(outcome: Outcome) -> Iterator[str]:
    for window in outcome.windows:
        if window.kind is Kind.ROLL and window.exit_code != 0:
            yield f"{window.service}-{window.replica} ended with {window.exit_code} after SIGTERM"


def growths(outcome: Outcome) -> list[Growth]:
    """Return the trends of each process that lived long enough to show any."""
    found: list[Growth] = []
    lives: dict[tuple[str, int], list[Sample]] = {}
    for sample in outcome.samples:
        lives.setdefault((sample.replica, sample.pid), []).append(sample)
    for (replica, pid), life in lives.items():
        counted = outcome.censuses.get(pid, [])
        points = {
            "RSS": [(sample.at, sample.rss) for sample in life],
            "live objects": [(census["at"], census["objects"]) for census in counted],
            "tasks": [(census["at"], census["tasks"]) for census in counted],
            "descriptors": [(sample.at, float(sample.descriptors)) for sample in life],
        }
        for quantity, series in points.items():
            limit = LIMITS[quantity]
            trend = trend_of([(at, value / limit.scale) for at, value in settled(series, life)])
            if trend is not None:
                found.append(Growth(replica, quantity, trend, limit))
    return found


def settled(series: Sequence[tuple[float, float]], life: Sequence[Sample]) -> list[tuple[float, float]]:
    """Return the points after the warm-up and up to the last sample; none of a life that is too short."""
    begin, end = life[0].at, life[-1].at
    begin += (end - begin) * WARM_UP_PART
    if end - begin < LEAST_TREND_S:
        return []
    return [(at, value) for at, value in series if begin <= at <= end]
