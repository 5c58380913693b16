"""The arithmetic of rate limits (GCRA)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.adapters.request_limits import spend
from api_gateway.ports import RateClass, RatePolicy

POLICY = RatePolicy(RateClass.REQUESTS, quota=3, window_s=60)


def test_a_fresh_budget_allows_its_quota_at_once_and_no_more() -> None:
    """Three requests fit a budget of three; the fourth waits for a third of the window."""
    full_at, decisions = None, []

    for _ in range(4):
        full_at, decision = spend(full_at, 100.0, POLICY)
        decisions.append(decision)

    assert [decision.allowed for decision in decisions] == [True, True, True, False]
    assert [decision.remaining for decision in decisions] == [2, 1, 0, 0]
    assert decisions[3].retry_after_s == pytest.approx(20.0)


def test_a_refused_request_spends_nothing() -> None:
    """Whoever keeps knocking is let in as soon as whoever waits."""
    full_at, _ = spend(None, 100.0, RatePolicy(RateClass.LOGIN, quota=1, window_s=60))

    knocked, refusal = spend(full_at, 130.0, RatePolicy(RateClass.LOGIN, quota=1, window_s=60))

    assert not refusal.allowed
    assert knocked == full_at


@given(st.lists(st.floats(min_value=0, max_value=10), min_size=1, max_size=200), st.integers(1, 50))
def test_no_window_ever_sees_more_than_twice_the_quota(pauses: list[float], quota: int) -> None:
    """Whatever the rhythm, a window holds at most a full budget and what refilled meanwhile."""
    policy = RatePolicy(RateClass.REQUESTS, quota=quota, window_s=60)
    now, full_at, allowed = 1000.0, None, []

    for pause in pauses:
        now += pause
        full_at, decision = spend(full_at, now, policy)
        allowed += [now] if decision.allowed else []

    assert max(sum(1 for at in allowed if start <= at < start + 60) for start in [0.0, *allowed]) <= 2 * quota
