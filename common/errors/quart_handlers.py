"""Answers every failure of a Quart app in the one format.

Not answered here are failures outside Quart (:mod:`common.web.middleware.edge`), bodies cut while they
stream, and sockets after their accept, which are closed by :func:`common.errors.close_codes.close_for`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from traceback import walk_tb

from quart import Quart, Request, Response, Websocket, current_app, has_request_context, request, websocket
from quart_schema import RequestSchemaValidationError, ResponseSchemaValidationError
from quart_schema.validation import QuerystringValidationError, RequestHeadersValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import WebsocketMismatch
from werkzeug.wrappers import Response as WerkzeugResponse

from common.correlation import (
    CORRELATION_HEADER,
    bound_correlation_id,
    canonical_correlation_id,
    parse_correlation_id,
)
from common.errors import translation
from common.errors.catalogue import entry_for
from common.errors.codes import AuthReason, ErrorCode
from common.errors.detail import ErrorDetail
from common.errors.exceptions import HuleEduError, record_failure
from common.errors.rendering import JSON_TYPE, answer_headers, render_error
from common.errors.source import ErrorSource, challenge_for

_EXTENSION = "huleedu_errors"
_BODYS = ("content-type", "content-length")


@dataclass(frozen=True, slots=True)
class ErrorFormat:
    """What an app's errors carry: the service's name, and where the catalogue is served."""

    service: str
    base_url: str | None


def register_error_handlers(app: Quart, *, service: str | None = None, base_url: str | None = None) -> None:
    """Make ``app`` answer every failure as the platform contract says.

    Args:
        app: the service's app.
        service: the service's name in the bodies; ``SERVICE_NAME`` of the app's configuration when None, else the
            app's own name.
        base_url: where the catalogue's pages are served, without a slash at the end: "" where this app is, None when
            it isn't known, so that answers lead nowhere.
    """
    app.extensions[_EXTENSION] = (service, base_url)
    app.register_error_handler(HTTPException, _answer_http_exception)
    app.register_error_handler(Exception, _answer)


def error_format_of(app: Quart) -> ErrorFormat:
    """Return what :func:`register_error_handlers` was given; raises LookupError when it wasn't called."""
    if _EXTENSION not in app.extensions:
        message = "the app answers no errors: call common.errors.quart_handlers.register_error_handlers"
        raise LookupError(message)
    service, base_url = app.extensions[_EXTENSION]
    return ErrorFormat(service or app.config.get("SERVICE_NAME") or app.name, base_url)


def create_error_response(
    error_detail: ErrorDetail,
    status_code: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response that describes ``error_detail``, in the form the current request's ``Accept`` asks for.

    ``status_code`` is the catalogue's unless given; ``headers`` are the error's own, such as ``Retry-After``. A 401
    without a challenge gets its code's (RFC 9110 section 15.5.2). Works inside a request or a WebSocket handshake.
    """
    base_url = current_app.extensions[_EXTENSION][1] if _EXTENSION in current_app.extensions else None
    entry = entry_for(error_detail.error_code)
    status = entry.status if status_code is None else status_code
    accept = ",".join(_connection().headers.getlist("Accept")) or None
    body, content_type = render_error(error_detail, status, accept, base_url=base_url)
    response = Response(body, status=status, content_type=content_type)
    response.headers.update({name: value for name, value in (headers or {}).items() if name.lower() not in _BODYS})
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers.setdefault("WWW-Authenticate", challenge_for(entry.reason or AuthReason.TOKEN_MISSING))
    varying = list(response.vary)
    response.headers.update(answer_headers(str(error_detail.error_code), base_url=base_url))
    response.vary.update(varying)
    return response


def extract_correlation_id(request: Request | Websocket) -> str:
    """Return the id of the request, as the text of a UUID.

    It is the header's when that is a UUID, else the one bound to this context. Where nothing is bound, a header or a
    query parameter ``correlation_id`` of another form gives the UUID derived from it, and none a new one.
    """
    header = request.headers.get(CORRELATION_HEADER)
    known = parse_correlation_id(header) or bound_correlation_id()
    return str(known or canonical_correlation_id(header or request.args.get("correlation_id")))


async def _answer_http_exception(error: HTTPException) -> Response | WerkzeugResponse:
    if error.response is not None or (error.code or 0) < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    original = translation.original_of(error)
    if original is None:
        return await _answer(error)
    # Quart has logged the stack of what it wrapped.
    return _respond(_translate(translation.sole_failure(original)), cause=original, log_stack=False)


async def _answer(error: Exception) -> Response:
    failure = translation.sole_failure(error)
    return _respond(_translate(failure), cause=failure)


def _respond(error: HuleEduError, *, cause: Exception, log_stack: bool | None = None) -> Response:
    record_failure(error, cause=None if cause is error else cause, log_stack=log_stack)
    return create_error_response(error.error_detail, error.status_code, error.headers)


def _translate(failure: Exception) -> HuleEduError:
    if isinstance(failure, HuleEduError):
        return failure
    source = _error_source()
    match failure:
        case RequestSchemaValidationError():
            return _invalid_request(failure, source)
        case ResponseSchemaValidationError():
            return translation.invalid_response(failure.validation_error, source)
        case HTTPException():
            return _from_http_exception(failure, source)
        case UnicodeDecodeError() | RecursionError() if _reading_body(failure):
            return translation.unreadable_body(failure, source)
        case _:
            return translation.unexpected(source)


def _from_http_exception(failure: HTTPException, source: ErrorSource) -> HuleEduError:
    if isinstance(failure, WebsocketMismatch) and has_request_context():
        return translation.upgrade_required(source)
    return translation.from_http_exception(failure, source)


def _invalid_request(failure: RequestSchemaValidationError, source: ErrorSource) -> HuleEduError:
    match failure:
        case QuerystringValidationError():
            location = "query"
        case RequestHeadersValidationError():
            location = "headers"
        case _ if request.is_json or not _claims_body():
            location = "body"
        case _ if translation.lacks_body(failure.validation_error):
            message = f"The body must be {JSON_TYPE}."
            return source.error(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                message,
                details={"supported": [JSON_TYPE]},
                headers={"Accept": JSON_TYPE},
            )
        case _:
            location = "form"
    return translation.invalid_request(failure.validation_error, source, location=location)


def _claims_body() -> bool:
    return bool(request.mimetype or request.content_length) or "Transfer-Encoding" in request.headers


def _reading_body(failure: Exception) -> bool:
    """Return whether Quart was reading the client's body, so that the cause is the client's and not a bug."""
    return any(frame.f_globals.get("__name__") == Request.__module__ for frame, _ in walk_tb(failure.__traceback__))


def _error_source() -> ErrorSource:
    connection = _connection()
    rule = connection.url_rule.rule if connection.url_rule else "(no route)"
    method = request.method if has_request_context() else "WEBSOCKET"
    return ErrorSource(error_format_of(current_app).service, f"{method} {rule}", extract_correlation_id(connection))


def _connection() -> Request | Websocket:
    return request if has_request_context() else websocket
