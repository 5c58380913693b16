"""Asks, before any body is read, whether a request may pass: its caller's rate limit and its token's revocation.

The caller is the request container's own Principal, so a token is verified once a request.
"""

from dishka import AsyncContainer
from quart import Quart, Response, g, request

from api_gateway import fail
from api_gateway.middleware.authentication import PUBLIC_ROUTES
from api_gateway.ports import Caller, RequestLimits
from api_gateway.rate_limits import (
    RatePolicies,
    RatePolicy,
    budget_of_address,
    budget_of_user,
    rate_class_of,
    rate_headers,
)
from common.errors.challenges import AuthReason
from common.errors.codes import ErrorCode
from common.identity.principal import Principal
from common.web.middleware.client_address import TrustedProxies
from common.web.serving.health import HEALTH_PATHS


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
