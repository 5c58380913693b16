"""What a request counts as, whose budget it takes from, and the headers that say what is left."""

import pytest

from api_gateway.middleware.rate_limit import budget_of_address, rate_class_of, rate_headers
from api_gateway.ports import RateClass, RateDecision, RatePolicy

POLICY = RatePolicy(RateClass.REQUESTS, quota=3, window_s=60)


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
