"""Asks, before any body is read, whether a request may pass: its caller's rate limit and its token's revocation."""

from ipaddress import IPv6Address, ip_address
from math import ceil

from quart import Request, Response

from api_gateway import fail
from api_gateway.middleware.authentication import app_part, current_principal
from api_gateway.ports import Caller, RateClass, RateDecision, RatePolicies, RatePolicy, RequestLimits
from common.errors.codes import AuthReason, ErrorCode
from common.identity.principal import UserId
from common.web.middleware.client_address import TrustedProxies
from common.web.quart_overrides.current import current_request, request_state
from common.web.serving.health import HEALTH_PATHS

IPV6_SITE_BITS = 64
"""A site's IPv6 addresses share these leading bits; one of its machines can use any of the rest (RFC 6177)."""

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
_OPERATION = "admit_request"


async def limit_rate() -> None:
    """Spend one request of the caller's budget, and raise when none is left or the caller's token is revoked.

    Health routes aren't limited, so that a probe can't be starved.
    """
    request = current_request()
    rule = request.url_rule
    if rule is None or rule.rule in HEALTH_PATHS:
        return
    policy = (await app_part(RatePolicies))[rate_class_of(request.method, rule.rule)]
    caller = await _caller(request)
    decision = await (await app_part(RequestLimits)).admit(caller, policy)
    if decision.revoked:
        raise fail.during(_OPERATION).unauthenticated(
            AuthReason.REVOKED, "The access token has been revoked; log in again."
        )
    request_state().rate_headers = rate_headers(policy, decision.rate)
    if not decision.rate.allowed:
        raise fail.during(_OPERATION).error(
            ErrorCode.RATE_LIMIT,
            f"Too many requests: {policy.quota} {policy.rate_class} per {policy.window_s} seconds are allowed.",
            details={"policy": policy.rate_class.value, "limit": policy.quota, "window_s": policy.window_s},
            retry_after_s=decision.rate.retry_after_s,
        )


async def add_rate_headers(response: Response) -> Response:
    """Add the headers that say what is left of the budget that the request took from."""
    for name, value in getattr(request_state(), "rate_headers", ()):
        response.headers[name] = value
    return response


async def _caller(request: Request) -> Caller:
    """Return the request's principal, or on a public route its address behind trusted proxies."""
    principal = current_principal()
    if principal is not None:
        return Caller(budget_of_user(principal.user_id), principal)
    proxies = await app_part(TrustedProxies)
    return Caller(budget_of_address(proxies.client_of(request.remote_addr, request.headers)))


def rate_headers(policy: RatePolicy, decision: RateDecision) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return ``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10, the two-field form)."""
    name = policy.rate_class.value
    return (
        ("RateLimit", f'"{name}";r={decision.remaining};t={ceil(decision.reset_s)}'),
        ("RateLimit-Policy", f'"{name}";q={policy.quota};w={policy.window_s}'),
    )


def budget_of_user(user_id: UserId) -> str:
    """Return the budget that a request with a token takes from."""
    return f"user:{user_id}"


def budget_of_address(address: str | None) -> str:
    """Return the budget of a request without a token: one an IPv4 address or IPv6 /64, one for unknown addresses."""
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


def rate_class_of(method: str, route: str) -> RateClass:
    """Return what ``method`` on the route template ``route`` counts as."""
    if route.startswith(_LOGIN_PREFIX):
        return RateClass.LOGIN
    if (method, route) in _COMMANDS:
        return RateClass.COMMANDS
    return RateClass.UPLOADS if (method, route) in _UPLOADS else RateClass.REQUESTS
