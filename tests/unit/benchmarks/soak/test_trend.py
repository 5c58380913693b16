"""Whether growth is told from noise."""

import math
from random import Random

import pytest

from benchmarks.soak.trend import FEWEST_POINTS, trend_of

EVERY_S = 10.0


def series(count: int, *, per_minute: float, noise: float = 0.0, seed: int = 1) -> list[tuple[float, float]]:
    """Return samples of a quantity that grows, with noise."""
    random = Random(seed)
    return [(n * EVERY_S, 100 + per_minute * n * EVERY_S / 60 + random.gauss(0, noise)) for n in range(count)]


@pytest.mark.parametrize("slope", [-3.0, 0.0, 0.5])
def test_a_straight_line_is_certain(slope: float) -> None:
    """Its slope is found, and its bounds are the slope."""
    trend = trend_of(series(50, per_minute=slope))

    assert trend is not None
    assert [round(one, 6) for one in (trend.at_least, trend.per_minute, trend.at_most)] == [slope] * 3


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_is_no_growth(seed: int) -> None:
    """Zero lies between the bounds."""
    trend = trend_of(series(60, per_minute=0.0, noise=5.0, seed=seed))

    assert trend is not None
    assert trend.at_least < 0.1
    assert trend.at_most > -0.1


@pytest.mark.parametrize("seed", range(20))
def test_growth_in_noise_is_seen(seed: int) -> None:
    """A leak of 2 a minute among noise of 2 is certainly above 1 after ten minutes."""
    trend = trend_of(series(60, per_minute=2.0, noise=2.0, seed=seed))

    assert trend is not None
    assert trend.at_least > 1.0


def test_waves_widen_the_bounds() -> None:
    """Samples that resemble their neighbours say less than as many independent ones."""
    wave = [(n * EVERY_S, 100 + 10 * math.sin(n / 8)) for n in range(60)]
    shuffled = [(at, value) for (at, _), (_, value) in zip(wave, Random(3).sample(wave, len(wave)), strict=True)]
    waving, independent = trend_of(wave), trend_of(shuffled)

    assert waving is not None
    assert independent is not None
    assert waving.at_most - waving.at_least > 1.5 * (independent.at_most - independent.at_least)


def test_few_points_show_nothing() -> None:
    """A process that lived for a moment has no trend."""
    assert trend_of(series(FEWEST_POINTS - 1, per_minute=9.0)) is None
