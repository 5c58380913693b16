"""How long to wait before another attempt."""

import pytest

from common.backoff import EQUAL_JITTER, Backoff, spread


def test_delays_double_up_to_the_longest() -> None:
    """However many failures there were; without jitter nothing is left to chance."""
    backoff = Backoff(first_s=1.0, longest_s=30.0)

    assert [backoff.delay_s(failures) for failures in (1, 2, 3, 5, 6, 10_000)] == [1, 2, 4, 16, 30, 30]


@pytest.mark.parametrize(
    ("jitter", "drawn", "delay_s"),
    [
        pytest.param(EQUAL_JITTER, 0.0, 2.0, id="equal, shortest"),
        pytest.param(EQUAL_JITTER, 0.5, 3.0, id="equal, middle"),
        pytest.param(EQUAL_JITTER, 1.0, 4.0, id="equal, longest"),
        pytest.param(1.0, 0.0, 0.0, id="full, shortest"),
        pytest.param(1.0, 0.5, 2.0, id="full, middle"),
        pytest.param(1.0, 1.0, 4.0, id="full, longest"),
    ],
)
def test_jitter_shortens_a_delay_by_its_share_at_most(jitter: float, drawn: float, delay_s: float) -> None:
    """Equal jitter leaves at least half of the delay, full jitter none of it for certain."""
    backoff = Backoff(first_s=1.0, longest_s=4.0, jitter=jitter, draw=lambda: drawn)

    assert backoff.delay_s(9) == pytest.approx(delay_s)


@pytest.mark.parametrize(("drawn", "expected"), [(0.0, 0.1), (0.5, 0.55), (1.0, 1.0)])
def test_a_spread_draws_from_the_whole_range(drawn: float, expected: float) -> None:
    """Every number between the bounds is as likely as any other."""
    assert spread(0.1, 1.0, lambda: drawn) == pytest.approx(expected)


def test_chance_differs_between_draws_and_stays_within_the_bounds() -> None:
    """Unless a test decides it."""
    backoff = Backoff(first_s=1.0, longest_s=8.0, jitter=EQUAL_JITTER)

    delays = {backoff.delay_s(3) for _ in range(100)}

    assert len(delays) > 1
    assert all(2.0 <= delay_s <= 4.0 for delay_s in delays)
