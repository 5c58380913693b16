"""Classes and pupils: whatever Class Management offers below its prefix, and the writers of essays."""

from dataclasses import replace

from dishka import FromDishka
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import document_request, document_response, tag

from api_gateway.proxy import OwnBatchProxy, Proxy
from api_gateway.routes.route_docs import OPEN_BODY, WITH_BODY, WITH_UPSTREAM, RouteDocs, document_route
from api_gateway.schemas.classes import ConfirmAssociations, ConfirmedAssociations, SuggestedAssociations
from api_gateway.upstream.ports import UpstreamName
from common.errors.codes import ClassManagementErrorCode
from common.identity.principal import Principal
from common.web.quart_overrides.current import current_request

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
RELAYED = RouteDocs(errors=WITH_BODY | WITH_UPSTREAM | {*ClassManagementErrorCode}, relays="Class Management")
PASSED_ON = replace(RELAYED, body=OPEN_BODY)

blueprint = Blueprint("classes", __name__)


@blueprint.route("/v1/classes", methods=ALL_METHODS)
@blueprint.route("/v1/classes/<path:path>", methods=ALL_METHODS)
@tag(["Classes"])
@document_route(PASSED_ON)
@inject
async def classes(principal: FromDishka[Principal], proxy: FromDishka[Proxy], **_path: str) -> Response:
    """Forward a request to Class Management on the caller's behalf."""
    return await proxy.forward(current_request(), UpstreamName.CMS, principal)


@blueprint.get("/v1/batches/<batch_id>/student-associations")
@tag(["Student associations"])
@document_response(SuggestedAssociations)
@document_route(RouteDocs(errors=WITH_UPSTREAM, relays="Class Management"))
@inject
async def student_associations(
    batch_id: str, principal: FromDishka[Principal], proxy: FromDishka[OwnBatchProxy]
) -> Response:
    """List which pupil probably wrote which essay of one of the caller's batches."""
    return await proxy.forward(current_request(), UpstreamName.CMS, batch_id, principal)


@blueprint.post("/v1/batches/<batch_id>/student-associations/confirm")
@tag(["Student associations"])
@document_request(ConfirmAssociations)
@document_response(ConfirmedAssociations)
@document_route(RELAYED)
@inject
async def confirm_student_associations(
    batch_id: str, principal: FromDishka[Principal], proxy: FromDishka[OwnBatchProxy]
) -> Response:
    """Confirm, or correct, which pupil wrote which essay of one of the caller's batches."""
    return await proxy.forward(current_request(), UpstreamName.CMS, batch_id, principal)
