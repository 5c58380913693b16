"""Resolves the caller of a request: the one provider that makes a Principal, and the one hook that asks for it.

A route that takes ``FromDishka[Principal]`` gets the one that the hook has resolved. The hook runs on every route that
isn't public, before any body is read: a stranger's body is neither read nor validated.
"""

from collections.abc import Callable
from typing import TypeVar

from dishka import AsyncContainer, Provider, Scope, provide
from quart import g

from api_gateway import SERVICE_NAME
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenVerifier, bearer_token
from common.web.middleware.request_record import record_user
from common.web.quart_overrides.current import current_request, request_state, serving_app
from common.web.serving.health import HEALTH_PATHS

_Part = TypeVar("_Part")
_PARTS = "api_gateway.parts"

PUBLIC_ROUTES = HEALTH_PATHS | {
    "/",
    "/openapi.json",
    "/docs",
    "/docs/assets/<name>",
    "/docs/gateway.md",
    "/redocs",
    "/v1/errors",
    "/v1/errors/<code>",
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/auth/logout",
}
"""Every route that is served without a token, by its template: the platform contract's public list, and `/`."""


class AuthenticationProvider(Provider):
    """Makes the Principal of a request, once, from its Authorization header."""

    @provide(scope=Scope.REQUEST)
    async def principal(self, verifier: TokenVerifier) -> Principal:
        """Return the verified caller; raises HuleEduError as :func:`bearer_token` and the verifier do."""
        token = bearer_token(current_request().headers.getlist("Authorization"), service=SERVICE_NAME)
        principal = await verifier.verify(token)
        record_user(principal.user_id)
        return principal


async def verify_or_none(token: str, verifier: TokenVerifier) -> Principal | None:
    """Verify ``token`` and return its caller, None when it is forged, expired or no access token.

    Raises:
        HuleEduError: SERVICE_UNAVAILABLE with ``Retry-After`` when it can't be verified now.
    """
    try:
        principal = await verifier.verify(token)
    except HuleEduError as refusal:
        if refusal.error_code is ErrorCode.AUTHENTICATION_ERROR:
            return None
        raise
    record_user(principal.user_id)
    return principal


async def app_part(kind: Callable[..., _Part]) -> _Part:
    """Return a part that all requests share; the container is asked for it once, and not by each request."""
    parts: dict[object, _Part] = serving_app().extensions.setdefault(_PARTS, {})
    if kind not in parts:
        container: AsyncContainer = g.dishka_container
        parts[kind] = await container.get(kind)
    return parts[kind]


async def authenticate() -> None:
    """Resolve the Principal of a request to a route that isn't public; a bad token raises.

    What matched no route or no method is 404 or 405 for every caller.
    """
    rule = current_request().url_rule
    if rule is None or rule.rule in PUBLIC_ROUTES:
        return
    container: AsyncContainer = g.dishka_container
    request_state().principal = await container.get(Principal)


def current_principal() -> Principal | None:
    """Return the caller of the current request, as the hook has resolved it; None on a public route."""
    principal: Principal | None = getattr(request_state(), "principal", None)
    return principal
