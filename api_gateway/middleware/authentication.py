"""Who is calling: the one provider that makes a Principal, and the hook that asks for it before any body is read.

A route that takes ``FromDishka[Principal]`` is protected. The hook asks the same request container for the same
Principal earlier, on every route that isn't public, so that a stranger's body is neither read nor validated.
"""

from dishka import AsyncContainer, Provider, Scope, provide
from quart import Quart, Request, g, request

from api_gateway import SERVICE_NAME
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenVerifier, bearer_token
from common.web.middleware.request_record import record_user
from common.web.serving.health import HEALTH_PATHS

PUBLIC_ROUTES = HEALTH_PATHS | {
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
"""Every route that is served without a token, by its template; the platform contract's whole public list."""


class AuthenticationProvider(Provider):
    """Makes the Principal of a request, once, from its Authorization header."""

    @provide(scope=Scope.REQUEST)
    async def principal(self, request: Request, verifier: TokenVerifier) -> Principal:
        """Return the verified caller; raises HuleEduError as :func:`bearer_token` and the verifier do."""
        token = bearer_token(request.headers.getlist("Authorization"), service=SERVICE_NAME)
        principal = await verifier.verify(token)
        record_user(principal.user_id)
        return principal


async def principal_if_proven(token: str, verifier: TokenVerifier) -> Principal | None:
    """Return the caller that ``token`` proves, None when it is forged, expired or no access token.

    Raises:
        HuleEduError: SERVICE_UNAVAILABLE with ``Retry-After`` when it can't be judged now.
    """
    try:
        principal = await verifier.verify(token)
    except HuleEduError as refusal:
        if refusal.error_code is ErrorCode.AUTHENTICATION_ERROR:
            return None
        raise
    record_user(principal.user_id)
    return principal


def authenticate_before_bodies(app: Quart) -> None:
    """Resolve the Principal of each request before its route runs; call it after QuartDishka is installed.

    Preflights carry no token (Fetch standard). What matched no route or no method is 404 or 405 for everybody.
    """

    @app.before_request
    async def authenticate() -> None:
        rule = request.url_rule
        if request.method == "OPTIONS" or rule is None or rule.rule in PUBLIC_ROUTES:
            return
        container: AsyncContainer = g.dishka_container
        await container.get(Principal)
