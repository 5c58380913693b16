"""Essay files of a batch, kept by the File Service."""

from dishka import FromDishka
from pydantic import JsonValue
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import document_response, tag_blueprint

from api_gateway.proxy import Proxy
from api_gateway.routes.route_docs import WITH_BODY, WITH_UPSTREAM, RouteDocs, document_route
from api_gateway.schemas.services import FileRemoved, FilesAccepted, FilesState
from api_gateway.settings import GatewaySettings
from api_gateway.uploads.inspection import InspectedBody, UploadInspection
from api_gateway.uploads.rules import UploadRules
from api_gateway.upstream.ports import UpstreamName
from common.errors.codes import ErrorCode
from common.identity.principal import Principal
from common.web.quart_overrides.current import current_request
from common.web.quart_overrides.request import refuse_content_coding
from common.web.quart_overrides.request_body import limit_body, set_body_idle_timeout

RELAYED = RouteDocs(errors=WITH_UPSTREAM, relays="the File Service")
NEW_FILES = UploadRules(required_fields=frozenset({"batch_id"}))
MORE_FILES = UploadRules()
MULTIPART = "multipart/form-data"
REQUIRED = {"batch_id", "files"}

FILES_SCHEMA: dict[str, JsonValue] = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "minItems": 1,
    "maxItems": NEW_FILES.max_files,
    "description": "PDF, DOCX, TXT or RTF, at most 50 MB each and 100 MB together.",
}


def upload_docs(**fields: JsonValue) -> RouteDocs:
    """Return the description of a route that takes ``fields`` (JSON Schemas) as multipart."""
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": fields,
        "required": [*sorted(REQUIRED & fields.keys())],
    }
    return RouteDocs(
        errors=WITH_BODY | WITH_UPSTREAM | {ErrorCode.MISSING_REQUIRED_FIELD},
        relays="the File Service",
        body={"required": True, "content": {MULTIPART: {"schema": schema}}},
    )


blueprint = Blueprint("files", __name__, url_prefix="/v1/files/batch")
tag_blueprint(blueprint, ["Files"])


@blueprint.delete("/<batch_id>/files/<file_upload_id>")
@document_response(FileRemoved)
@document_route(RELAYED)
@inject
async def remove_file(principal: FromDishka[Principal], proxy: FromDishka[Proxy], **_path: str) -> Response:
    """Remove one file from a batch."""
    return await proxy.forward(current_request(), UpstreamName.FILE, principal)


@blueprint.get("/<batch_id>/state")
@document_response(FilesState)
@document_route(RELAYED)
@inject
async def file_state(principal: FromDishka[Principal], proxy: FromDishka[Proxy], **_path: str) -> Response:
    """Show a batch's files, and whether they can still be changed."""
    return await proxy.forward(current_request(), UpstreamName.FILE, principal)


@blueprint.post("")
@limit_body(max_bytes=NEW_FILES.max_request_bytes, whole_s=None)
@document_response(FilesAccepted, 202)
@document_route(upload_docs(batch_id={"type": "string"}, files=FILES_SCHEMA, assignment_id={"type": "string"}))
@inject
async def upload_files(
    principal: FromDishka[Principal], proxy: FromDishka[Proxy], settings: FromDishka[GatewaySettings]
) -> Response:
    """Upload the essays of a batch.

    Files are inspected as they pass; files that are too large, too many or of another type are refused before the
    upload is complete.
    """
    return await proxy.forward_upload(
        current_request(), UpstreamName.FILE, principal, inspect_body(NEW_FILES, settings)
    )


@blueprint.post("/<batch_id>/files")
@limit_body(max_bytes=MORE_FILES.max_request_bytes, whole_s=None)
@document_response(FilesAccepted, 202)
@document_route(upload_docs(files=FILES_SCHEMA))
@inject
async def add_files(
    principal: FromDishka[Principal],
    proxy: FromDishka[Proxy],
    settings: FromDishka[GatewaySettings],
    **_path: str,
) -> Response:
    """Upload further essays of a batch."""
    return await proxy.forward_upload(
        current_request(), UpstreamName.FILE, principal, inspect_body(MORE_FILES, settings)
    )


def inspect_body(rules: UploadRules, settings: GatewaySettings) -> InspectedBody:
    """Have the request's body inspected as it passes; the client may pause as long as the File Service may.

    Raises HuleEduError: UNSUPPORTED_MEDIA_TYPE for one that is compressed or isn't multipart.
    """
    request = current_request()
    refuse_content_coding(request)
    set_body_idle_timeout(request, settings.upload_timeout_seconds)
    content_type = request.headers.get("Content-Type")
    return InspectedBody(request.body, UploadInspection(content_type, request.content_length, rules))
