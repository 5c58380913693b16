"""Shows a page for a 404 to readers who name text/html before JSON in ``Accept``; every other client gets the error."""

from http import HTTPStatus
from typing import Final

from quart import Response, request

from api_gateway.pages.home import not_found_page
from api_gateway.pages.layout import PLAIN_POLICY
from api_gateway.pages.negotiation import HTML_TYPE, preferred_language, wants_page
from common.correlation import correlation_id

CODE_HEADER: Final = "X-Error-Code"


async def show_not_found_page(response: Response) -> Response:
    """Replace the body of a 404 by a page where one is wanted; its headers stay."""
    if response.status_code != HTTPStatus.NOT_FOUND:
        return response
    code = response.headers.get(CODE_HEADER)
    if code is None or not wants_page(request.headers):
        return response
    language = preferred_language(request.headers)
    response.set_data(not_found_page(code, correlation_id(), language))
    response.content_type = f"{HTML_TYPE}; charset=utf-8"
    response.headers["Content-Language"] = language.value
    response.headers["Content-Security-Policy"] = PLAIN_POLICY
    response.vary.update(("Accept", "Accept-Language"))
    return response
