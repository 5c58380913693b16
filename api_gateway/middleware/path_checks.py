"""Checks a request's raw path and identifiers, and answers OPTIONS, before anything is asked about its caller."""

from quart import Response, current_app

from api_gateway import fail
from api_gateway.paths import id_fault, path_fault
from common.errors.codes import ErrorCode
from common.web.quart_overrides.current import current_request

ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED_HEADERS = (
    "Accept, Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Range, "
    "Traceparent, Tracestate, X-Correlation-ID, X-Requested-With"
)

REST_OF_PATH = "path"
"""The view argument that holds whatever follows a proxied prefix; it isn't an identifier."""

_OPERATION = "judge_path"


async def check_path() -> None:
    """Raise INVALID_REQUEST for a raw path that routing, limits and upstreams could read in different ways."""
    if (fault := path_fault(current_request().scope["raw_path"])) is not None:
        raise fail.during(_OPERATION).error(ErrorCode.INVALID_REQUEST, f"The path is invalid: {fault}.")


async def answer_route_options() -> Response | None:
    """Answer OPTIONS with the methods of the route (RFC 9110 section 9.3.7); it needs no token and goes no further."""
    request = current_request()
    if request.method != "OPTIONS" or request.url_rule is None:
        return None
    default = await current_app.make_default_options_response()
    return Response(b"", 204, {"Allow": default.headers["Allow"]})


async def check_identifiers() -> None:
    """Raise VALIDATION_ERROR for an identifier in the path that can't be one."""
    for name, value in (current_request().view_args or {}).items():
        if name != REST_OF_PATH and (fault := id_fault(value)) is not None:
            raise fail.during(_OPERATION).validation_error(name, f"{name} {fault}.")
