"""Whether a measured quantity grows: a least-squares slope with its confidence bound."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

FEWEST_POINTS = 8
ONE_SIDED_99 = 2.326
"""Of the normal distribution; FEWEST_POINTS and the correction for correlation make up for the fatter tail of t."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The slope of a line through points, a minute.

    Attributes:
        per_minute: The slope, in the unit of the values a minute.
        at_least: The slope that the true one exceeds with 99 % confidence.
        at_most: The slope that the true one stays under with 99 % confidence.
        points: How many points there were.
    """

    per_minute: float
    at_least: float
    at_most: float
    points: int


def trend_of(points: Sequence[tuple[float, float]]) -> Trend | None:
    """Return the trend of ``(seconds, value)`` points, or None for fewer than FEWEST_POINTS.

    Neighbouring samples of a process resemble each other, which makes plain least squares too sure of itself: the
    number of independent points is reduced by the lag-1 correlation of the residuals.
    """
    count = len(points)
    if count < FEWEST_POINTS:
        return None
    minutes, values = [at / 60 for at, _ in points], [value for _, value in points]
    middle, mean = fmean(minutes), fmean(values)
    spread = math.fsum((x - middle) ** 2 for x in minutes)
    if spread == 0:
        return None
    slope = math.fsum((x - middle) * (y - mean) for x, y in zip(minutes, values, strict=True)) / spread
    residuals = [y - mean - slope * (x - middle) for x, y in zip(minutes, values, strict=True)]
    squares = math.fsum(residual**2 for residual in residuals)
    if squares == 0:
        return Trend(slope, slope, slope, count)
    correlation = math.fsum(a * b for a, b in pairwise(residuals)) / squares
    correlation = min(max(correlation, 0.0), 0.95)
    independent = max(3.0, count * (1 - correlation) / (1 + correlation))
    error = math.sqrt(squares / (independent - 2) / spread)
    return Trend(slope, slope - ONE_SIDED_99 * error, slope + ONE_SIDED_99 * error, count)
