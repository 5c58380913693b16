"""Translates what Werkzeug, pydantic and bugs raise. No framework's own text reaches a client."""

from collections.abc import Mapping
from http import HTTPStatus
from json import JSONDecodeError

from pydantic import JsonValue, ValidationError
from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import WebsocketMismatch

from common.errors.catalogue import entry_for, nearest_code
from common.errors.codes import AnyErrorCode, AuthReason, ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.foreign_texts import MOST_FIELDS, field_errors
from common.errors.source import ErrorSource, challenge_for

NO_WEBSOCKETS = "The path serves HTTP, not WebSockets."

_BODY_HEADERS = ("content-type", "content-length")


def sole_failure(error: Exception) -> Exception:
    """Return the one failure in a TaskGroup's ExceptionGroup, or the group itself.

    The first failure cancels a group's other tasks, so the group usually holds one, and that one is the
    answer. If any of them is a bug, the group stays whole: its stack must reach the log.
    """
    leaves = _leaves(error)
    return leaves[0] if all(isinstance(leaf, HuleEduError | HTTPException) for leaf in leaves) else error


def from_http_exception(error: HTTPException, source: ErrorSource) -> HuleEduError:
    """Translate a Werkzeug exception of status 400 and up; its own headers (``Allow``, ``Retry-After``) stay."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    headers = {name: value for name, value in error.get_headers() if name.lower() not in _BODY_HEADERS}
    if isinstance(error, BadRequestKeyError):
        field = str(error.args[0]) if error.args else ""
        return source.error(ErrorCode.MISSING_REQUIRED_FIELD, "A required field is missing.", details={"field": field})
    if status == HTTPStatus.BAD_REQUEST and isinstance(error.__context__, ValueError):
        return unreadable_body(error.__context__, source)
    code = nearest_code(status)
    if code is ErrorCode.AUTHENTICATION_ERROR:
        headers.setdefault("WWW-Authenticate", challenge_for(AuthReason.TOKEN_MISSING))
    return source.error(code, _message_of(error, code), status_code=status, headers=headers)


def upgrade_required(source: ErrorSource) -> HuleEduError:
    """Return the error for plain HTTP on a path of WebSockets (RFC 9110 section 15.5.22)."""
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    return source.error(FeedErrorCode.UPGRADE_REQUIRED, "The path serves only WebSockets, version 13.", headers=headers)


def unreadable_body(error: BaseException, source: ErrorSource) -> HuleEduError:
    """Return the error for a client's body that can't be parsed, with the place if ``error`` names it."""
    match error:
        case JSONDecodeError(msg=problem, lineno=line, colno=column):
            message = f"The body is not valid JSON: {problem} (line {line}, column {column})."
            return source.error(ErrorCode.PARSING_ERROR, message, details={"line": line, "column": column})
        case UnicodeDecodeError(start=position):
            message = f"The body is not UTF-8: byte {position} is invalid."
            return source.error(ErrorCode.PARSING_ERROR, message, details={"byte": position})
        case _:
            return source.error(ErrorCode.PARSING_ERROR, "The body can't be parsed.")


def invalid_request(failure: Exception, source: ErrorSource, *, location: str) -> HuleEduError:
    """Return the error that names each invalid field of a request's ``location`` (body, form, query or headers)."""
    details: dict[str, JsonValue] = {"location": location, **_invalid_fields(failure)}
    return source.error(ErrorCode.VALIDATION_ERROR, _sentence(location, details), details=details)


def lacks_body(failure: Exception) -> bool:
    """Return whether validation had no body to look at, because it wasn't of the type the route reads."""
    if not isinstance(failure, ValidationError):
        return False
    return any(error["loc"] == () and error["input"] is None for error in failure.errors())


def invalid_response(failure: Exception | None, source: ErrorSource) -> HuleEduError:
    """Return the error for a response of ours that violates its model: a bug, answered by 500."""
    message = "The service produced a response that violates its contract."
    return source.error(ErrorCode.PROCESSING_ERROR, message, details=_invalid_fields(failure, secret=True))


def unexpected(source: ErrorSource) -> HuleEduError:
    """Return the error for an exception that no handler expects; it shows nothing of the exception."""
    return source.error(ErrorCode.UNKNOWN_ERROR, "The service failed to answer the request.")


def original_of(error: HTTPException) -> Exception | None:
    """Return the exception that Quart wrapped into a 500, if ``error`` is such a wrapper."""
    original = error.original_exception if isinstance(error, InternalServerError) else None
    return original if isinstance(original, Exception) else None


def _leaves(error: Exception) -> list[Exception]:
    if not isinstance(error, ExceptionGroup):
        return [error]
    return [leaf for member in error.exceptions for leaf in _leaves(member)]


def _message_of(error: HTTPException, code: AnyErrorCode) -> str:
    """Return the description, or our own words instead of the framework's stock text."""
    if isinstance(error, WebsocketMismatch):
        return NO_WEBSOCKETS
    if error.description is None or error.description == type(error).description:
        return entry_for(code).meaning
    return error.description


def _invalid_fields(failure: Exception | None, *, secret: bool = False) -> dict[str, JsonValue]:
    if not isinstance(failure, ValidationError):
        return {"field_errors": []}
    fields: dict[str, JsonValue] = {"field_errors": field_errors(failure, secret=secret)}
    further = failure.error_count() - MOST_FIELDS
    return fields | {"further_field_errors": further} if further > 0 else fields


def _sentence(location: str, details: Mapping[str, JsonValue]) -> str:
    match details["field_errors"]:
        case [{"pointer": pointer, "message": message}]:
            return f"The {location} failed validation at {pointer}: {message}."
        case [_, _, *_]:
            return f"The {location} failed validation in several places."
        case _:
            return f"The {location} failed validation."
