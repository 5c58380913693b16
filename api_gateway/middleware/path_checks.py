"""What is settled about a request before anyone asks who sent it: its path, its identifiers, its methods."""

from quart import Quart, Response, current_app, request

from api_gateway import fail
from api_gateway.paths import id_fault, path_fault
from common.errors.codes import ErrorCode

ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED_HEADERS = (
    "Accept, Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Range, "
    "Traceparent, Tracestate, X-Correlation-ID, X-Requested-With"
)

REST_OF_PATH = "path"
"""The view argument that holds whatever follows a proxied prefix; it isn't an identifier."""


def admit_before_routes(app: Quart) -> None:
    """Judge each request's raw path and identifiers, and answer OPTIONS: it is never forwarded."""

    @app.before_request
    async def admit() -> Response | None:
        if (fault := path_fault(request.scope["raw_path"])) is not None:
            raise fail.during("judge_path").error(ErrorCode.INVALID_REQUEST, f"The path can't be used: {fault}.")
        if request.method == "OPTIONS" and request.url_rule is not None:
            return await _options()
        for name, value in (request.view_args or {}).items():
            if name != REST_OF_PATH and (fault := id_fault(value)) is not None:
                raise fail.during("judge_path").validation_error(name, f"{name} {fault}.")
        return None


async def _options() -> Response:
    """Return the methods of the route (RFC 9110 section 9.3.7)."""
    told = await current_app.make_default_options_response()
    return Response(b"", 204, {"Allow": told.headers["Allow"]})
