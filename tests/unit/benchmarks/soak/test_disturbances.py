"""What is planned to be done to the replicas."""

from random import Random

import pytest

from benchmarks.soak.disturbances import CALM_PART, QUIET_PART, WILD_PART, Disturbance, Kind, plan_disturbances

SERVICES = ("gateway", "feed")


def plan(seed: int, *, seconds: float = 1200.0) -> list[Disturbance]:
    """Return a plan."""
    return plan_disturbances(Random(seed), SERVICES, seconds=seconds)


@pytest.mark.parametrize("seconds", [60.0, 120.0, 1200.0])
@pytest.mark.parametrize("seed", range(5))
def test_each_service_is_rolled_and_killed(seed: int, seconds: float) -> None:
    """However short the run is, before anything is repeated."""
    first = plan(seed, seconds=seconds)[:4]

    assert {(each.kind, each.service) for each in first} == {(kind, name) for kind in Kind for name in SERVICES}


@pytest.mark.parametrize("seed", range(5))
def test_the_first_replicas_survive_the_second_half(seed: int) -> None:
    """They show whether memory stays flat."""
    later = [each for each in plan(seed) if each.at_s > 1200 * WILD_PART]

    assert later
    assert {number for each in later for number in each.replicas} == {2}


@pytest.mark.parametrize("seed", range(5))
def test_it_begins_and_ends_calmly(seed: int) -> None:
    """Nothing happens while everybody arrives, nor at the very end."""
    moments = [each.at_s / 1200 for each in plan(seed)]

    assert min(moments) >= CALM_PART
    assert max(moments) < QUIET_PART
    assert moments == sorted(moments)


def test_the_seed_decides() -> None:
    """A run can be repeated."""
    assert plan(7) == plan(7)
    assert plan(7) != plan(8)
