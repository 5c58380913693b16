"""Logging in and out: forwarded to the identity service, which alone reads credentials."""

from dataclasses import replace

from dishka import FromDishka
from quart import Blueprint, Response, request
from quart_dishka import inject
from quart_schema import document_request, document_response, tag_blueprint

from api_gateway.domain import UpstreamName
from api_gateway.proxy import Proxy
from api_gateway.route_docs import PROTECTED, WITH_BODY, WITH_UPSTREAM, RouteDocs, documented
from api_gateway.schemas.authentication import Login, Logout, Refresh, Session

FORWARDED = RouteDocs(errors=WITH_BODY | WITH_UPSTREAM | PROTECTED, relays="the identity service")

blueprint = Blueprint("authentication", __name__, url_prefix="/v1/auth")
tag_blueprint(blueprint, ["Authentication"])


@blueprint.post("/login")
@document_request(Login)
@document_response(Session)
@documented(FORWARDED)
@inject
async def login(proxy: FromDishka[Proxy]) -> Response:
    """Log in with e-mail address and password."""
    return await proxy.forward_anonymous(request, UpstreamName.IDENTITY)


@blueprint.post("/refresh")
@document_request(Refresh)
@document_response(Session)
@documented(FORWARDED)
@inject
async def refresh(proxy: FromDishka[Proxy]) -> Response:
    """Get a new access token for a refresh token."""
    return await proxy.forward_anonymous(request, UpstreamName.IDENTITY)


@blueprint.post("/logout")
@document_request(Logout)
@documented(replace(FORWARDED, body_optional=True))
@inject
async def logout(proxy: FromDishka[Proxy]) -> Response:
    """Log out: the tokens of the session don't count any more."""
    return await proxy.forward_anonymous(request, UpstreamName.IDENTITY)
