"""The error catalogue, for machines and for people (docs/gateway.md, row 22)."""

from quart import Blueprint, Response, request
from quart_schema import document_response, tag_blueprint

from api_gateway import fail
from api_gateway.pages.catalogue import POLICY, catalogue_page, entry_object, entry_page
from api_gateway.responses import JSON, json_response
from api_gateway.routes.route_docs import RouteDocs, document_route
from api_gateway.schemas.errors import Catalogue, CatalogueEntry
from common.errors.catalogue import CATALOGUE
from common.errors.codes import ErrorCode

HTML = "text/html"
CACHED = {"Cache-Control": "public, max-age=3600", "Vary": "Accept"}

blueprint = Blueprint("errors", __name__, url_prefix="/v1/errors")
tag_blueprint(blueprint, ["Errors"])


@blueprint.get("")
@document_response(Catalogue)
@document_route(RouteDocs(media=(HTML,)))
async def list_errors() -> Response:
    """List every code with its status, meaning and advice; as a page for browsers."""
    if _wants_page():
        return _page(catalogue_page(CATALOGUE.values()))
    return json_response({"errors": [entry_object(entry) for entry in CATALOGUE.values()]}, headers=CACHED)


@blueprint.get("/<code>")
@document_response(CatalogueEntry)
@document_route(RouteDocs(errors=frozenset({ErrorCode.RESOURCE_NOT_FOUND}), media=(HTML,)))
async def explain_error(code: str) -> Response:
    """Explain one code; as a page for browsers."""
    entry = CATALOGUE.get(code)
    if entry is None:
        raise fail.during("explain_error").not_found("error_code", code, "The error code does not exist.")
    if _wants_page():
        return _page(entry_page(entry))
    return json_response(entry_object(entry), headers=CACHED)


def _wants_page() -> bool:
    return request.accept_mimetypes.best_match([JSON, HTML]) == HTML


def _page(text: str) -> Response:
    headers = {**CACHED, "Content-Security-Policy": POLICY}
    return Response(text, 200, headers, content_type=f"{HTML}; charset=utf-8")
