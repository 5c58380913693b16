"""Logging in and out: forwarded to the identity service, which alone checks credentials.

The form of a body is checked here, because the identity service answers 500 to one that it doesn't expect.
"""

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

from dishka import FromDishka
from pydantic import BaseModel
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import document_request, document_response, tag_blueprint

from api_gateway import SERVICE_NAME
from api_gateway.middleware.authentication import verify_or_none
from api_gateway.ports import TokenRevocations
from api_gateway.proxy import Proxy
from api_gateway.routes.json_body import validated
from api_gateway.routes.route_docs import PROTECTED, WITH_BODY, WITH_STORE, WITH_UPSTREAM, RouteDocs, document_route
from api_gateway.schemas.services import LoggedOut, Login, Logout, Refresh, RefreshedSession, Session
from api_gateway.upstream.ports import UpstreamName
from common.errors.codes import ErrorCode, IdentityErrorCode
from common.identity.principal import TokenVerifier, optional_bearer_token
from common.web.middleware.request_record import outlive_client
from common.web.quart_overrides.current import current_request

FORWARDED = RouteDocs(errors=WITH_BODY | WITH_UPSTREAM | PROTECTED, relays="the identity service")
LOGGING_IN = frozenset(
    {
        IdentityErrorCode.INVALID_CREDENTIALS,
        IdentityErrorCode.ACCOUNT_LOCKED,
        IdentityErrorCode.EMAIL_NOT_VERIFIED,
    }
)
REFRESHING = frozenset(
    {
        IdentityErrorCode.REFRESH_TOKEN_EXPIRED,
        IdentityErrorCode.REFRESH_TOKEN_INVALID,
        IdentityErrorCode.TOKEN_INVALID,
    }
)
LOGGING_OUT = replace(
    FORWARDED,
    errors=FORWARDED.errors | WITH_STORE | {ErrorCode.INVALID_REQUEST},
    body_optional=True,
    bearer_optional=True,
)

Body = TypeVar("Body", bound=BaseModel)

blueprint = Blueprint("authentication", __name__, url_prefix="/v1/auth")
tag_blueprint(blueprint, ["Authentication"])


@blueprint.post("/login")
@document_request(Login)
@document_response(Session)
@document_route(replace(FORWARDED, errors=FORWARDED.errors | LOGGING_IN))
@inject
async def login(proxy: FromDishka[Proxy]) -> Response:
    """Log in with e-mail address and password."""
    return await _forward(Login, proxy)


@blueprint.post("/refresh")
@document_request(Refresh)
@document_response(RefreshedSession)
@document_route(replace(FORWARDED, errors=FORWARDED.errors | REFRESHING))
@inject
async def refresh(proxy: FromDishka[Proxy]) -> Response:
    """Get a new access token for a refresh token."""
    return await _forward(Refresh, proxy)


@blueprint.post("/logout")
@document_request(Logout)
@document_response(LoggedOut)
@document_route(LOGGING_OUT)
@inject
async def logout(
    proxy: FromDishka[Proxy], verifier: FromDishka[TokenVerifier], revocations: FromDishka[TokenRevocations]
) -> Response:
    """Log out: the refresh token of the body and the access token of the Authorization header end.

    After a success both have ended, and neither the gateway nor the feed accepts the access token any more. A forged
    or expired access token is ignored. 503 means that the access token may still be valid, although the refresh token
    may have ended; log out again after `Retry-After`, which is harmless however often it is repeated.
    """
    request = current_request()
    token = optional_bearer_token(request.headers.getlist("Authorization"), service=SERVICE_NAME)
    # Identity prefers the header, and revokes nothing by an access token.
    keep_authorization = not (await _read(Logout)).refresh_token
    # A page that closes while it logs out is no reason to keep its token, and a drain waits until it has ended.
    outlive_client()
    answer = await proxy.forward_anonymous(request, UpstreamName.IDENTITY, keep_authorization=keep_authorization)
    if token is not None and answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
        # Not before Identity has agreed. Identity may be asked again, so a failure here can be mended by a repeat.
        principal = await verify_or_none(token, verifier)
        if principal is not None:
            await asyncio.shield(revocations.revoke(principal))
    return answer


async def _forward(kind: type[BaseModel], proxy: Proxy) -> Response:
    """Return the identity service's answer to a request whose body is a ``kind``."""
    await _read(kind)
    return await proxy.forward_anonymous(current_request(), UpstreamName.IDENTITY)


async def _read(kind: type[Body]) -> Body:
    """Return the request's body, which passes on as it came; an absent one says nothing."""
    body = await current_request().get_json()
    return validated(kind, {} if body is None else body)
