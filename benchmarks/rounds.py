"""Alternating rounds: ours, floor, ours, floor …, so that a machine whose speed drifts drifts for both."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.wrk import Load

Measure = Callable[[], Load]


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how often a case measures."""

    rounds: int = 5
    seconds: float = 5.0
    quick: bool = False
    """One short round: proves that the case runs, its figures mean little."""


def alternate(ours: Measure, floor: Measure, *, rounds: int) -> tuple[list[Load], list[Load]]:
    """Warm both up once, then measure them in turn ``rounds`` times; the order flips each round."""
    ours()
    floor()
    mine: list[Load] = []
    theirs: list[Load] = []
    for number in range(rounds):
        if number % 2:
            theirs.append(floor())
            mine.append(ours())
        else:
            mine.append(ours())
            theirs.append(floor())
    return mine, theirs


def rates(loads: Sequence[Load]) -> list[float]:
    """Return each round's requests a second."""
    return [load.rate for load in loads]


def cpu(loads: Sequence[Load]) -> list[float]:
    """Return each round's CPU microseconds a request."""
    return [load.cpu_us for load in loads]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which ``percent`` of ``values`` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


def spread(values: Sequence[float]) -> str:
    """Return ``median (min … max)`` for a log line."""
    return f"{statistics.median(values):,.1f} ({min(values):,.1f} … {max(values):,.1f})"
