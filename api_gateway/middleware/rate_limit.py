"""Asks, before any body is read, whether a request may pass: its caller's rate limit and its token's revocation.

The caller is the request container's own Principal, so a token is verified once a request.
"""

from dishka import AsyncContainer
from quart import Quart, Response, g, request

from api_gateway import SERVICE_NAME
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
from common.correlation import correlation_id
from common.errors.challenges import AuthReason
from common.errors.factories import raise_authentication_error, raise_rate_limit_error
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
        raise_authentication_error(
            service=SERVICE_NAME,
            operation="admit_request",
            message="The access token has been revoked; log in again.",
            correlation_id=correlation_id(),
            reason=AuthReason.REVOKED,
        )
    g.rate_headers = rate_headers(policy, admission.rate)
    if not admission.rate.allowed:
        raise_rate_limit_error(
            service=SERVICE_NAME,
            operation="admit_request",
            message=f"Too many requests: {policy.quota} {policy.rate_class} in {policy.window_s} seconds are allowed.",
            correlation_id=correlation_id(),
            retry_after_s=admission.rate.retry_after_s,
            policy=policy.rate_class.value,
            limit=policy.quota,
            window_s=policy.window_s,
        )
