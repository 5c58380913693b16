"""The arithmetic of rate limits, and how it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.rate_limits import (
    RateClass,
    RateDecision,
    RatePolicy,
    budget_of_address,
    rate_class_of,
    rate_headers,
    spend,
)

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


@pytest.mark.parametrize(
    ("method", "route", "expected"),
    [
        ("POST", "/v1/batches/register", RateClass.COMMANDS),
        ("POST", "/v1/batches/<batch_id>/pipelines", RateClass.COMMANDS),
        ("PATCH", "/v1/batches/<batch_id>/prompt", RateClass.COMMANDS),
        ("POST", "/v1/batches/<batch_id>/student-associations/confirm", RateClass.COMMANDS),
        ("POST", "/v1/files/batch", RateClass.UPLOADS),
        ("POST", "/v1/files/batch/<batch_id>/files", RateClass.UPLOADS),
        ("POST", "/v1/auth/login", RateClass.LOGIN),
        ("POST", "/v1/auth/refresh", RateClass.LOGIN),
        ("GET", "/v1/batches", RateClass.REQUESTS),
        ("POST", "/v1/classes", RateClass.REQUESTS),
        ("DELETE", "/v1/files/batch/<batch_id>/files/<file_upload_id>", RateClass.REQUESTS),
    ],
)
def test_routes_count_as_the_contract_says(method: str, route: str, expected: RateClass) -> None:
    """Commands, uploads and logins have budgets of their own; proxied writes count as requests."""
    assert rate_class_of(method, route) is expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, "not an address"),
    ],
)
def test_addresses_that_one_site_can_change_at_will_share_a_budget(one: str | None, other: str) -> None:
    """A /64, an IPv4 address in either spelling, and the unknown are one caller each."""
    assert budget_of_address(one) == budget_of_address(other)


def test_headers_have_the_two_field_form_and_round_up() -> None:
    """A client that waits what it is told never comes too early."""
    decision = RateDecision(allowed=True, remaining=2, reset_s=19.01)

    assert rate_headers(POLICY, decision) == (
        ("RateLimit", '"requests";r=2;t=20'),
        ("RateLimit-Policy", '"requests";q=3;w=60'),
    )
