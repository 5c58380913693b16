"""Alternating rounds: ours, floor, ours, floor …, so that a machine whose speed drifts drifts for both."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.wrk import Load

WARM_UP_S = 1.0


class Measure(Protocol):
    """One measurement of one server."""

    def __call__(self, *, seconds: float) -> Load:
        """Load the server for ``seconds``."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """How often and how long a case measures.

    Attributes:
        rounds: How often.
        seconds: How long each time; 0 where the end of its work ends a round.
    """

    rounds: int
    seconds: float = 0.0


def alternate(*measures: Measure, options: Options) -> list[list[Load]]:
    """Warm each up, then measure them in turn in each round, every other round in reverse; return the loads of each."""
    for measure in measures:
        measure(seconds=WARM_UP_S)
    loads = [list[Load]() for _ in measures]
    for number in range(options.rounds):
        turns = list(zip(measures, loads, strict=True))
        for measure, taken in reversed(turns) if number % 2 else turns:
            taken.append(measure(seconds=options.seconds))
    return loads


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
