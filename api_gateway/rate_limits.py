"""Rate limits as values: what a request counts as, whose budget it takes from, how that is told. No I/O.

The algorithm is GCRA (the generic cell rate algorithm): a budget of ``quota`` requests that refills evenly over its
window, kept as one moment a caller. It is written here once, and once in ``adapters/scripts/admit.lua``; one suite of
tests holds both to the same answers.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from math import ceil, floor
from typing import NewType

from common.identity.principal import UserId

WINDOW_S = 60
ROUNDING_S = 1e-6
"""A refill computed in floating point may miss its moment by less than this."""

IPV6_SITE_BITS = 64
"""A site's IPv6 addresses share these leading bits; one of its machines can use any of the rest (RFC 6177)."""


class RateClass(StrEnum):
    """What a route counts as (platform contract, "Rate classes"); the value is the policy's name in headers."""

    COMMANDS = "commands"
    UPLOADS = "uploads"
    LOGIN = "login"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """``quota`` requests in ``window_s`` seconds for each caller of one rate class."""

    rate_class: RateClass
    quota: int
    window_s: int = WINDOW_S

    @property
    def interval_s(self) -> float:
        """Seconds in which one request's worth of the budget refills."""
        return self.window_s / self.quota


RatePolicies = NewType("RatePolicies", dict[RateClass, RatePolicy])
"""The policy of each rate class."""


@dataclass(frozen=True, slots=True)
class RateDecision:
    """Whether a request fits its caller's budget.

    ``remaining`` requests fit right now; ``reset_s`` until the whole budget is back; ``retry_after_s`` until one fits,
    0 when it was allowed.
    """

    allowed: bool
    remaining: int
    reset_s: float
    retry_after_s: float = 0.0


def spend(full_at: float | None, now: float, policy: RatePolicy) -> tuple[float, RateDecision]:
    """Take one request from a budget that is full again at ``full_at`` (None: full), and say when it then will be.

    Args:
        full_at: the moment kept for the caller, in seconds on the same clock as ``now``.
        now: the present.
        policy: the budget.
    """
    base = max(now, now if full_at is None else full_at)
    spent = base + policy.interval_s
    over_by = spent - now - policy.interval_s * policy.quota
    if over_by > ROUNDING_S:
        return base, RateDecision(allowed=False, remaining=0, reset_s=base - now, retry_after_s=over_by)
    remaining = floor((policy.interval_s * policy.quota - (spent - now)) / policy.interval_s + ROUNDING_S)
    return spent, RateDecision(allowed=True, remaining=remaining, reset_s=spent - now)


def rate_headers(policy: RatePolicy, decision: RateDecision) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return ``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10, the two-field form)."""
    name = policy.rate_class.value
    return (
        ("RateLimit", f'"{name}";r={decision.remaining};t={ceil(decision.reset_s)}'),
        ("RateLimit-Policy", f'"{name}";q={policy.quota};w={policy.window_s}'),
    )


def budget_of_user(user_id: UserId) -> str:
    """Return whose budget a request with a token takes from."""
    return f"user:{user_id}"


def budget_of_address(address: str | None) -> str:
    """Return whose budget a request without a token takes from: its IPv4 address or its /64; one for unknown ones."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "ip:unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return f"ip:{parsed.ipv4_mapped}"
        site = int(parsed) >> (128 - IPV6_SITE_BITS) << (128 - IPV6_SITE_BITS)
        return f"ip:{IPv6Address(site)}/{IPV6_SITE_BITS}"
    return f"ip:{parsed}"


_COMMANDS = frozenset(
    {
        ("POST", "/v1/batches/register"),
        ("POST", "/v1/batches/<batch_id>/pipelines"),
        ("PATCH", "/v1/batches/<batch_id>/prompt"),
        ("POST", "/v1/batches/<batch_id>/student-associations/confirm"),
    }
)
_UPLOADS = frozenset({("POST", "/v1/files/batch"), ("POST", "/v1/files/batch/<batch_id>/files")})
_LOGIN_PREFIX = "/v1/auth/"


def rate_class_of(method: str, route: str) -> RateClass:
    """Return what ``method`` on the route template ``route`` counts as."""
    if route.startswith(_LOGIN_PREFIX):
        return RateClass.LOGIN
    if (method, route) in _COMMANDS:
        return RateClass.COMMANDS
    return RateClass.UPLOADS if (method, route) in _UPLOADS else RateClass.REQUESTS
