"""The budget of time: what `make bench` takes, and each case of it."""

from datetime import UTC, datetime

import pytest

from benchmarks.catalogue import CASES, LONGEST_OF_ALL_S, LONGEST_S, announcement, clock
from benchmarks.rounds import Options

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_every_case_takes_less_than_two_minutes() -> None:
    """As it is planned."""
    assert {name for name, case in CASES.items() if case.takes_s(case.planned) >= LONGEST_S} == set()


def test_all_cases_together_take_less_than_a_quarter_of_an_hour() -> None:
    """As they are planned."""
    assert sum(case.takes_s(case.planned) for case in CASES.values()) < LONGEST_OF_ALL_S


def test_what_is_told_takes_the_place_of_what_is_planned() -> None:
    """A round that its work ends has no seconds, even when some are given."""
    status, resume = CASES["status"], CASES["feed-resume"]

    assert status.options() == status.planned
    assert status.options(rounds=1) == Options(1, status.planned.seconds)
    assert status.options(seconds=9) == Options(status.planned.rounds, 9)
    assert resume.options(rounds=1, seconds=9) == Options(1)


def test_more_rounds_take_longer() -> None:
    """Each round takes as long as the other."""
    case = CASES["status"]
    one, two, three = (case.takes_s(case.options(rounds)) for rounds in (1, 2, 3))

    assert one < two
    assert three - two == two - one


def test_a_case_is_announced_with_the_end_of_all() -> None:
    """How long it takes, how many come after it, and when the last one will be done."""
    chosen = {name: Options(2, 1.0) for name in ("status", "latency", "stream")}
    takes = [round(CASES[name].takes_s(options)) for name, options in chosen.items()]
    end = NOON.replace(minute=sum(takes) // 60, second=sum(takes) % 60)

    told = announcement(list(chosen), chosen, NOON)

    assert told == f"── status, about {takes[0]} s; 2 more after it, all done at about {end:%H:%M:%S}"


def test_the_last_case_has_none_after_it() -> None:
    """What is over counts no more."""
    chosen = {name: Options(2, 1.0) for name in ("status", "latency")}

    assert "latency, " in announcement(["latency"], chosen, NOON)
    assert "after it" not in announcement(["latency"], chosen, NOON)


@pytest.mark.parametrize(("seconds", "told"), [(59.4, "59 s"), (60, "1 min 0 s"), (899.6, "15 min 0 s")])
def test_a_duration_is_told_in_minutes_and_seconds(seconds: float, told: str) -> None:
    """Rounded once."""
    assert clock(seconds) == told
