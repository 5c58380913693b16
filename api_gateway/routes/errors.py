"""The error catalogue, for machines and for people (docs/gateway.md, row 22)."""

from typing import Final

from quart import Blueprint, Response, request
from quart_schema import document_response, tag_blueprint

from api_gateway import fail
from api_gateway.middleware.etag import not_modified_if_known
from api_gateway.pages.catalogue import catalogue_page, entry_object, entry_page
from api_gateway.pages.layout import PLAIN_POLICY
from api_gateway.pages.negotiation import HTML_TYPE, preferred_language, wants_page
from api_gateway.responses import json_response
from api_gateway.routes.route_docs import RouteDocs, document_route
from api_gateway.schemas.errors import Catalogue, CatalogueEntry
from common.errors.catalogue import CATALOGUE
from common.errors.codes import ErrorCode
from common.errors.texts import Language

CACHED: Final = {"Cache-Control": "public, max-age=3600", "Vary": "Accept, Accept-Language"}
NEGOTIATED: Final = ("ETag", "Content-Language")

blueprint = Blueprint("errors", __name__, url_prefix="/v1/errors")
tag_blueprint(blueprint, ["Errors"])


@blueprint.get("")
@document_response(Catalogue)
@document_route(RouteDocs(media=(HTML_TYPE,), headers=NEGOTIATED))
async def list_errors() -> Response:
    """List every code with its status, meaning and advice; as a page for browsers.

    `teacher` is in the language that `Accept-Language` prefers.
    """
    language = preferred_language(request.headers)
    if wants_page(request.headers):
        return await _negotiated(_page(catalogue_page(CATALOGUE.values(), language)), language)
    entries = [entry_object(entry, language) for entry in CATALOGUE.values()]
    return await _negotiated(json_response({"errors": entries}), language)


@blueprint.get("/<code>")
@document_response(CatalogueEntry)
@document_route(
    RouteDocs(errors=frozenset({ErrorCode.RESOURCE_NOT_FOUND}), media=(HTML_TYPE,), headers=NEGOTIATED),
)
async def explain_error(code: str) -> Response:
    """Explain one code; as a page for browsers.

    `teacher` is in the language that `Accept-Language` prefers.
    """
    entry = CATALOGUE.get(code)
    if entry is None:
        raise fail.during("explain_error").not_found("error_code", code, "The error code does not exist.")
    language = preferred_language(request.headers)
    if wants_page(request.headers):
        return await _negotiated(_page(entry_page(entry, language)), language)
    return await _negotiated(json_response(entry_object(entry, language)), language)


async def _negotiated(response: Response, language: Language) -> Response:
    """Return ``response`` with its language and the tag of this very form; 304 for a client that has it."""
    response.headers.update(CACHED)
    response.headers["Content-Language"] = language.value
    await response.add_etag()
    return not_modified_if_known(response)


def _page(text: str) -> Response:
    headers = {"Content-Security-Policy": PLAIN_POLICY}
    return Response(text, 200, headers, content_type=f"{HTML_TYPE}; charset=utf-8")
