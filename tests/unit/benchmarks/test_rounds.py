"""Servers are measured in turn."""

from collections.abc import Callable

from benchmarks.rounds import WARM_UP_S, Measure, Options, alternate
from benchmarks.wrk import Load


def told_to(told: list[tuple[str, float]]) -> Callable[[str], Measure]:
    """Return what makes a measurement by its name, which notes when it is asked and for how long."""

    def make(name: str) -> Measure:
        def measure(*, seconds: float) -> Load:
            told.append((name, seconds))
            return Load(len(told), 0.0, 0.0, 0.0, 0.0, 0, 0.0)

        return measure

    return make


def test_every_other_round_runs_in_reverse() -> None:
    """So that none is always measured on the machine that another has warmed."""
    told: list[tuple[str, float]] = []
    make = told_to(told)

    loads = alternate(make("a"), make("b"), make("c"), options=Options(rounds=2, seconds=3))

    assert told == [
        *(("a", WARM_UP_S), ("b", WARM_UP_S), ("c", WARM_UP_S)),
        *(("a", 3), ("b", 3), ("c", 3)),
        *(("c", 3), ("b", 3), ("a", 3)),
    ]
    assert [[load.requests for load in taken] for taken in loads] == [[4, 9], [5, 8], [6, 7]]
