"""What a case measures: samples of ours and of the floor, taken in turn, and the ratio between them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity.

    Attributes:
        name: What was measured, as the table shows it.
        unit: The unit of ``ours`` and ``floor``.
        ours: One value a round.
        floor: The floor's (or a peer's) value in the same rounds; empty when the target is absolute.
        target: The target in words, or an empty string when the figure only informs.
        holds: Whether the target holds; None when there is none.
    """

    name: str
    unit: str
    ours: Sequence[float]
    floor: Sequence[float] = ()
    target: str = ""
    holds: bool | None = None

    @property
    def median(self) -> float:
        """The median of our rounds."""
        return statistics.median(self.ours)

    @property
    def floor_median(self) -> float | None:
        """The median of the floor's rounds."""
        return statistics.median(self.floor) if self.floor else None

    @property
    def ratios(self) -> list[float]:
        """The ratio ours / floor of each round; empty without a floor."""
        return [a / b for a, b in zip(self.ours, self.floor, strict=True)] if self.floor else []

    @property
    def ratio(self) -> float | None:
        """The median of the round-by-round ratios ours / floor."""
        return statistics.median(self.ratios) if self.floor else None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """All figures of one case, its conditions, and what it had to leave out."""

    case: str
    figures: Sequence[Figure] = ()
    conditions: str = ""
    left_out: str = ""
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Named curves of (x, y) for the plots; the key reads ``title | x label | y label``."""


def at_least(
    name: str, unit: str, *, ours: Sequence[float], floor: Sequence[float], ratio: float, of: str = "floor"
) -> Figure:
    """Return a figure whose target is ``ours >= ratio x floor`` by the median round; ``of`` says what the floor is."""
    reached = Figure(name, unit, ours, floor).ratio
    return Figure(name, unit, ours, floor, f"≥ {ratio:g} × {of}", reached is not None and reached >= ratio)


def at_most_share(name: str, unit: str, *, ours: Sequence[float], floor: Sequence[float], ratio: float) -> Figure:
    """Return a figure, a cost, whose target is ``ours <= ratio x floor`` by the median round."""
    reached = Figure(name, unit, ours, floor).ratio
    return Figure(name, unit, ours, floor, f"≤ {ratio:g} × floor", reached is not None and reached <= ratio)


def at_most(name: str, unit: str, *, ours: Sequence[float], bound: float, floor: Sequence[float] = ()) -> Figure:
    """Return a figure whose target is ``median(ours) <= bound``."""
    return Figure(name, unit, ours, floor, f"≤ {bound:g} {unit}", statistics.median(ours) <= bound)


def informative(name: str, unit: str, *, ours: Sequence[float], floor: Sequence[float] = ()) -> Figure:
    """Return a figure without a target."""
    return Figure(name, unit, ours, floor)
