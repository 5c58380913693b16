"""What makes a soak fail."""

from dataclasses import replace

import pytest

from benchmarks.soak.disturbances import Kind, Window
from benchmarks.soak.outcome import Outcome
from benchmarks.soak.samples import KeyFamily, Sample, family_of, read_gauges
from benchmarks.soak.verdict import failures

EVERY_S = 10.0
BOOKS = {"lost": 0, "twice": 0, "foreign": 0, "told_lost": 0, "examples": []}
COMMANDS = {"missing": 0, "two_ids": 0, "repeated": 0, "examples": []}


def sample(at: float = 0.0, *, rss: int = 100_000_000, descriptors: int = 20, **gauges: float) -> Sample:
    """Return a sample of the feed."""
    return Sample(
        at=at, replica="feed-1", pid=1, rss=rss, descriptors=descriptors, pooled=0, log_bytes=0, gauges=gauges
    )


def flawless(**different: object) -> Outcome:
    """Return the outcome of a soak in which every promise held, but for what is ``different``."""
    outcome = Outcome(
        began=0.0,
        load={"ledger": BOOKS, "commands": COMMANDS},
        samples=[sample(n * EVERY_S, feed_unaccounted=0.0) for n in range(100)],
        rest_before=[sample()],
        rest_after=[sample(feed_sockets=0.0, http_requests_in_flight=1.0)],
        families={"feed:*:stream": KeyFamily(500, 0, 1)},
        windows=[Window(0.0, 1.0, Kind.ROLL, "feed", 1, 0), Window(2.0, 3.0, Kind.KILL, "feed", 1, -9)],
    )
    for name, value in different.items():
        setattr(outcome, name, value)
    return outcome


def test_nothing_is_wrong_with_a_flawless_soak() -> None:
    """A replica that was killed is not at fault for its exit code."""
    assert failures(flawless()) == []


@pytest.mark.parametrize(
    ("different", "told"),
    [
        ({"load": {}}, "ended without results"),
        ({"load": {"ledger": BOOKS | {"lost": 2}, "commands": COMMANDS}}, "2 notifications were lost"),
        ({"load": {"ledger": BOOKS | {"twice": 1}, "commands": COMMANDS}}, "1 notifications came twice"),
        ({"load": {"ledger": BOOKS | {"foreign": 1}, "commands": COMMANDS}}, "another teacher"),
        ({"load": {"ledger": BOOKS | {"told_lost": 1}, "commands": COMMANDS}}, "gap or a reset"),
        ({"load": {"ledger": BOOKS, "commands": COMMANDS | {"missing": 1}}}, "not on Kafka"),
        ({"load": {"ledger": BOOKS, "commands": COMMANDS | {"two_ids": 1}}}, "two event ids"),
        ({"samples": [sample(feed_unaccounted=1.0)]}, "1 unaccounted records"),
        ({"samples": [sample(feed_unaccounted=-1.0)]}, "-1 unaccounted records"),
        ({"samples": [sample(feed_records_dead_lettered_total=3.0)]}, "3 dead letters"),
        ({"rest_after": [sample(feed_sockets=1.0)]}, "feed_sockets is 1"),
        ({"rest_after": [sample(http_requests_in_flight=3.0)]}, "2 requests are in flight"),
        ({"rest_after": [sample(descriptors=60)]}, "40 descriptors more"),
        ({"families": {"feed:*:new": KeyFamily(9, 4, 1)}}, "4 keys feed:*:new never expire"),
        ({"windows": [Window(0.0, 1.0, Kind.ROLL, "feed", 1, -9)]}, "ended with -9 after SIGTERM"),
        ({"failed_parts": ["feed-1 did not come back"]}, "did not come back"),
        ({"samples": [sample(n * EVERY_S, rss=100_000_000 + n * 1_000_000) for n in range(100)]}, "RSS grow"),
        (
            {"censuses": {1: [{"at": n * EVERY_S, "objects": 1000 + 50 * n, "tasks": 9} for n in range(100)]}},
            "live objects grow",
        ),
        ({"samples": [sample(n * EVERY_S, descriptors=30 + n) for n in range(100)]}, "descriptors grow"),
    ],
)
def test_each_promise_is_judged(different: dict[str, object], told: str) -> None:
    """One is broken, and the soak says which."""
    (broken,) = failures(flawless(**different))

    assert told in broken


def test_a_short_life_is_not_judged_by_its_growth() -> None:
    """A process that has just started grows, and a short soak has no other."""
    short = [sample(n, rss=100_000_000 + n * 1_000_000) for n in range(100)]

    assert failures(flawless(samples=short)) == []


def test_a_restart_is_no_growth() -> None:
    """Each process has a trend of its own."""
    samples = flawless().samples
    replaced = [replace(one, pid=2, rss=200_000_000) for one in samples[50:]]

    assert failures(flawless(samples=[*samples[:50], *replaced])) == []


def test_metrics_are_summed_over_labels() -> None:
    """``feed_sockets`` has one line for each transport."""
    exposition = '# HELP x\nfeed_sockets{transport="websocket"} 3.0\nfeed_sockets{transport="events"} 2.0\nother 1.0\n'

    assert read_gauges(exposition) == {"feed_sockets": 5.0}


@pytest.mark.parametrize(
    ("key", "family"),
    [
        ("feed:{crowd-17}:stream", "feed:*:stream"),
        ("feed:{crowd-17}:event:0f3c3b6f0e5d5c9a515f6e2b1c7f1000", "feed:*:event:*"),
        ("edge:rate:login:10.0.0.7", "edge:rate:login:*"),
        (
            "auth:revoked:sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
            "auth:revoked:sha256:*",
        ),
    ],
)
def test_keys_of_one_kind_are_one_family(key: str, family: str) -> None:
    """Whosever they are."""
    assert family_of(key) == family
