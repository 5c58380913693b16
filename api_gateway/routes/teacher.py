"""The dashboard's own views: whatever the Teacher BFF offers below its prefix."""

from dishka import FromDishka
from quart import Blueprint, Response, request
from quart_dishka import inject
from quart_schema import tag

from api_gateway.dashboard import tell_in_utc
from api_gateway.domain import UpstreamName
from api_gateway.proxy import Proxy
from api_gateway.route_docs import OPEN_BODY, WITH_BODY, WITH_UPSTREAM, RouteDocs, documented
from api_gateway.routes.classes import ALL_METHODS
from common.identity.principal import Principal

DASHBOARD = "dashboard"

blueprint = Blueprint("teacher", __name__)


@blueprint.route("/bff/v1/teacher/<path:path>", methods=ALL_METHODS)
@tag(["Teacher dashboard"])
@documented(RouteDocs(errors=WITH_BODY | WITH_UPSTREAM, relays="the Teacher BFF", body=OPEN_BODY))
@inject
async def teacher_view(path: str, principal: FromDishka[Principal], proxy: FromDishka[Proxy]) -> Response:
    """Pass a request on to the Teacher BFF, on the caller's behalf."""
    if path != DASHBOARD or request.method not in {"GET", "HEAD"}:
        return await proxy.forward(request, UpstreamName.BFF, principal)
    response = await proxy.forward(request, UpstreamName.BFF, principal, uncompressed=True)
    if request.method == "GET":
        await tell_in_utc(response)
    else:
        response.headers.pop("Content-Length", None)  # of the body as the Teacher BFF writes it
    return response
