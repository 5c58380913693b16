"""Asks, before any body is read, whether a request may pass: its caller's rate limit and its token's revocation."""

from ipaddress import IPv6Address, ip_address
from math import ceil

from dishka import AsyncContainer
from quart import Quart, Response, g, request

from api_gateway import fail
from api_gateway.middleware.authentication import PUBLIC_ROUTES
from api_gateway.ports import Caller, RateClass, RateDecision, RatePolicies, RatePolicy, RequestLimits
from common.errors.challenges import AuthReason
from common.errors.codes import ErrorCode
from common.identity.principal import Principal, UserId
from common.web.middleware.client_address import TrustedProxies
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


def limit_before_bodies(app: Quart, policies: RatePolicies, proxies: TrustedProxies) -> None:
    """Judge each request that matched a route; call it after authentication was installed.

    Health routes aren't limited, so that a probe can't be starved, nor preflights, which browsers send by themselves.
    ``proxies`` are believed when they tell a stranger's address.
    """

    @app.before_request
    async def limit() -> None:
        rule = request.url_rule
        if request.method == "OPTIONS" or rule is None or rule.rule in HEALTH_PATHS:
            return
        container: AsyncContainer = g.dishka_container
        principal = None if rule.rule in PUBLIC_ROUTES else await container.get(Principal)
        limits = await container.get(RequestLimits)
        policy = policies[rate_class_of(request.method, rule.rule)]
        await _admit(limits, _caller(principal, proxies), policy)

    @app.after_request
    async def tell(response: Response) -> Response:
        for name, value in g.get("rate_headers", ()):
            response.headers[name] = value
        return response


def _caller(principal: Principal | None, proxies: TrustedProxies) -> Caller:
    if principal is None:
        return Caller(budget_of_address(proxies.client_of(request.remote_addr, request.headers)))
    return Caller(budget_of_user(principal.user_id), principal)


async def _admit(limits: RequestLimits, caller: Caller, policy: RatePolicy) -> None:
    admission = await limits.admit(caller, policy)
    if admission.revoked:
        raise fail.during("admit_request").unauthenticated(
            AuthReason.REVOKED, "The access token has been revoked; log in again."
        )
    g.rate_headers = rate_headers(policy, admission.rate)
    if not admission.rate.allowed:
        raise fail.during("admit_request").error(
            ErrorCode.RATE_LIMIT,
            f"Too many requests: {policy.quota} {policy.rate_class} in {policy.window_s} seconds are allowed.",
            details={"policy": policy.rate_class.value, "limit": policy.quota, "window_s": policy.window_s},
            retry_after_s=admission.rate.retry_after_s,
        )


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


def rate_class_of(method: str, route: str) -> RateClass:
    """Return what ``method`` on the route template ``route`` counts as."""
    if route.startswith(_LOGIN_PREFIX):
        return RateClass.LOGIN
    if (method, route) in _COMMANDS:
        return RateClass.COMMANDS
    return RateClass.UPLOADS if (method, route) in _UPLOADS else RateClass.REQUESTS
