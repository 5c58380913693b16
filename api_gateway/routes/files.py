"""Essay files of a batch, kept by the File Service."""

from dishka import FromDishka
from quart import Blueprint, Response, request
from quart_dishka import inject
from quart_schema import tag_blueprint

from api_gateway.domain import UpstreamName
from api_gateway.proxy import Proxy
from api_gateway.route_docs import WITH_UPSTREAM, RouteDocs, documented
from common.identity.principal import Principal

RELAYED = RouteDocs(errors=WITH_UPSTREAM, relays="the File Service")

blueprint = Blueprint("files", __name__, url_prefix="/v1/files/batch")
tag_blueprint(blueprint, ["Files"])


@blueprint.delete("/<batch_id>/files/<file_upload_id>")
@documented(RELAYED)
@inject
async def remove_file(principal: FromDishka[Principal], proxy: FromDishka[Proxy], **_path: str) -> Response:
    """Take one file out of a batch."""
    return await proxy.forward(request, UpstreamName.FILE, principal)


@blueprint.get("/<batch_id>/state")
@documented(RELAYED)
@inject
async def file_state(principal: FromDishka[Principal], proxy: FromDishka[Proxy], **_path: str) -> Response:
    """Tell which files a batch has, and whether they may still be changed."""
    return await proxy.forward(request, UpstreamName.FILE, principal)
