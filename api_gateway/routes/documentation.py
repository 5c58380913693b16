"""The pages that explain the gateway, and the files they load; all of it works without internet."""

from pathlib import Path
from typing import NoReturn

from quart import Blueprint, Response, request
from quart_schema import tag_blueprint
from werkzeug.exceptions import NotFound

from api_gateway import fail
from api_gateway.middleware.etag import not_modified_if_known
from api_gateway.pages.home import home_page
from api_gateway.pages.layout import (
    ASSETS_PATH,
    HOME_PATH,
    PLAIN_POLICY,
    REDOC_POLICY,
    SWAGGER_POLICY,
    assets_by_served_name,
    redoc_page,
    swagger_page,
)
from api_gateway.pages.negotiation import HTML_TYPE, preferred_language, wants_page
from api_gateway.routes.route_docs import RouteDocs, document_route
from common.errors.codes import ErrorCode

BEHAVIOUR_PATH = "/docs/gateway.md"
_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / "pages" / "gateway.md", _PACKAGE.parent / "docs" / "gateway.md")
"""Where the wheel has the page, and where it stands in a checkout and in the image."""

BEHAVIOUR = next((page for page in _PLACES if page.is_file()), None)
FOREVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "public, no-cache"

HTML = f"{HTML_TYPE}; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"

blueprint = Blueprint("documentation", __name__)
tag_blueprint(blueprint, ["Documentation"])


@blueprint.get(HOME_PATH)
@document_route(
    RouteDocs(
        answer="The page, for those who name text/html before JSON in `Accept`; 404 for others.",
        media=(HTML_TYPE,),
        headers=("ETag", "Content-Language"),
        errors=frozenset({ErrorCode.RESOURCE_NOT_FOUND}),
    )
)
async def start() -> Response:
    """Lead to the other pages, in the language that `Accept-Language` prefers."""
    if not wants_page(request.headers):
        raise NotFound
    language = preferred_language(request.headers)
    response = _page(home_page(language), PLAIN_POLICY)
    response.headers["Content-Language"] = language.value
    response.headers["Vary"] = "Accept, Accept-Language"
    await response.add_etag()
    return not_modified_if_known(response)


@blueprint.get("/docs")
@document_route(RouteDocs(answer="The page.", media=(HTML_TYPE,)))
async def try_routes() -> Response:
    """Show the routes on an interactive page (Swagger UI)."""
    return _page(swagger_page(), SWAGGER_POLICY)


@blueprint.get("/redocs")
@document_route(RouteDocs(answer="The page.", media=(HTML_TYPE,)))
async def read_routes() -> Response:
    """Show the routes on a reference page (ReDoc)."""
    return _page(redoc_page(), REDOC_POLICY)


@blueprint.get(f"{ASSETS_PATH}/<name>")
@document_route(
    RouteDocs(
        answer="The file; the content under a name never changes.",
        media=("text/css", "text/javascript", "image/svg+xml"),
        headers=("ETag",),
        errors=frozenset({ErrorCode.RESOURCE_NOT_FOUND}),
    )
)
async def asset(name: str) -> Response:
    """Return a style sheet or script of the pages."""
    found = assets_by_served_name().get(name)
    if found is None:
        _refuse("asset", name)
    response = Response(found.body, 200, {"Cache-Control": FOREVER}, content_type=found.content_type)
    response.set_etag(found.tag)
    return not_modified_if_known(response)


@blueprint.get(BEHAVIOUR_PATH)
@document_route(
    RouteDocs(
        answer="The behaviour, row by row.",
        media=("text/markdown",),
        headers=("ETag",),
        errors=frozenset({ErrorCode.RESOURCE_NOT_FOUND}),
    )
)
async def behaviour() -> Response:
    """Return the gateway's behaviour, row by row, each with a command to try it."""
    if BEHAVIOUR is None:
        _refuse("page", "gateway.md")
    response = Response(BEHAVIOUR.read_bytes(), 200, {"Cache-Control": ASK_EACH_TIME}, content_type=MARKDOWN)
    await response.add_etag()
    return not_modified_if_known(response)


def _page(text: str, policy: str) -> Response:
    headers = {"Cache-Control": ASK_EACH_TIME, "Content-Security-Policy": policy}
    return Response(text, 200, headers, content_type=HTML)


def _refuse(kind: str, name: str) -> NoReturn:
    raise fail.during("show_documentation").not_found(kind, name, f"There is no such {kind}.")
