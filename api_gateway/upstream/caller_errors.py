"""Turns an upstream's error reply into the error for the caller (docs/gateway.md, row 21).

One with a code passes with its code, message, service and the details that the table lists for the code, under the
table's status, since the services' statuses are often wrong. A bare text of a 4xx passes as the message. Anything else
is wrapped and its body never copied, and so is all that comes from internal routes, which were never meant for callers.
An upstream that doesn't accept *us* is our fault, not the caller's.
"""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from pydantic import JsonValue

from api_gateway import SERVICE_NAME
from api_gateway.upstream.error_replies import (
    CodedError,
    ErrorReply,
    TextError,
    read_error,
    select_details,
    select_headers,
)
from api_gateway.upstream.ports import UpstreamRequest
from api_gateway.upstream.transport_errors import OPERATION, answer_replaced
from common.correlation import correlation_id
from common.errors.catalogue import CATALOGUE, entry_for, nearest_code
from common.errors.codes import AnyErrorCode, AuthReason, ErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.foreign_texts import foreign_field_errors, sentence
from common.errors.source import ErrorSource, challenge_for

IDENTITY_PATH_PREFIX = "/v1/auth/"
"""Where 401 is about the caller's own credentials."""

INTERNAL_KEY_SETTING = "HULEEDU_INTERNAL_API_KEY"

_REASONS = frozenset(AuthReason)
_logger = structlog.get_logger(__name__)


def is_handed_on(status: int, request: UpstreamRequest) -> bool:
    """Tell whether a reply with ``status`` is an answer to ``request``; any other is for :func:`error_from`.

    304 answers a conditional request. Every other redirect is refused: its body and its target name the upstream's
    internal address, and a caller that followed it would leave the prefix that is proxied.
    """
    return status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.NOT_MODIFIED or status in request.answers


def error_from(reply: ErrorReply, request: UpstreamRequest) -> HuleEduError:
    """Return the error to raise for ``reply`` to ``request``, which isn't handed on."""
    if reply.status < HTTPStatus.BAD_REQUEST:
        return _wrap_redirect(reply, request)
    told = read_error(reply.body)
    if _refuses_gateway(reply, told, request):
        _log_refused_gateway(reply, request)
        return _wrap_failure(reply, request)
    if isinstance(told, CodedError) and not request.internal:
        return _pass_on(told, reply, request)
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _wrap_failure(reply, request, select_headers(reply, reply.status))
    return _wrap_refusal(reply, request, None if request.internal else told)


def _refuses_gateway(reply: ErrorReply, told: CodedError | TextError | None, request: UpstreamRequest) -> bool:
    """Tell whether the upstream speaks of the gateway's credentials: the caller's were good, or are none of its."""
    code = told.code if isinstance(told, CodedError) else None
    if code == ErrorCode.INVALID_API_KEY or reply.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return True
    if request.path.startswith(IDENTITY_PATH_PREFIX):
        return False
    return HTTPStatus.UNAUTHORIZED in {reply.status, _status_of(code)}


def _log_refused_gateway(reply: ErrorReply, request: UpstreamRequest) -> None:
    setting = INTERNAL_KEY_SETTING if request.internal else None
    _logger.error(
        "upstream.refused_gateway", upstream=request.upstream.value, upstream_status=reply.status, setting=setting
    )


def _pass_on(told: CodedError, reply: ErrorReply, request: UpstreamRequest) -> HuleEduError:
    entry = CATALOGUE.get(told.code)
    # The word for work that was put in line has a success's status; this reply is none.
    known = _status_of(told.code)
    status = known if known is not None and known >= HTTPStatus.BAD_REQUEST else reply.status
    details = select_details(told.details, entry.details, request) if entry else {}
    return _error(
        told.code,
        sentence(told.message) or entry_for(told.code).meaning,
        service=sentence(told.service) or request.upstream.value,
        details=_with_reason(details, told.code, told.details.get("reason")),
        status=status,
        headers=_with_challenge(select_headers(reply, status), status),
    )


def _wrap_refusal(reply: ErrorReply, request: UpstreamRequest, told: CodedError | TextError | None) -> HuleEduError:
    """Return the error for a 4xx without a code that may pass; a text that may is its message."""
    details = _about(reply, request)
    message = ""
    code = nearest_code(reply.status)
    if isinstance(told, TextError):
        message = sentence(told.text)
        if fields := foreign_field_errors(told.details):
            details |= fields
            code = ErrorCode.VALIDATION_ERROR if reply.status == HTTPStatus.BAD_REQUEST else code
    return _error(
        code,
        message or f"The {request.upstream} service refused the request.",
        details=_with_reason(details, code, None),
        status=reply.status,
        headers=_with_challenge(select_headers(reply, reply.status), reply.status)
        | answer_replaced(request.upstream, reply.status),
    )


def _wrap_failure(
    reply: ErrorReply, request: UpstreamRequest, headers: Mapping[str, str] | None = None
) -> HuleEduError:
    message = f"The {request.upstream} service failed."
    return _bad_gateway(ErrorCode.EXTERNAL_SERVICE_ERROR, message, reply, request, headers)


def _wrap_redirect(reply: ErrorReply, request: UpstreamRequest) -> HuleEduError:
    message = f"The {request.upstream} service redirected the request; the gateway doesn't pass redirects on."
    return _bad_gateway(ErrorCode.INVALID_RESPONSE, message, reply, request)


def _bad_gateway(
    code: ErrorCode,
    message: str,
    reply: ErrorReply,
    request: UpstreamRequest,
    headers: Mapping[str, str] | None = None,
) -> HuleEduError:
    return _error(
        code,
        message,
        details=_about(reply, request),
        status=HTTPStatus.BAD_GATEWAY,
        headers={**(headers or {}), **answer_replaced(request.upstream, reply.status)},
    )


def _error(
    code: AnyErrorCode | str,
    message: str,
    *,
    details: Mapping[str, JsonValue],
    status: int,
    headers: Mapping[str, str],
    service: str = SERVICE_NAME,
) -> HuleEduError:
    source = ErrorSource(service, OPERATION, correlation_id())
    return source.error(code, message, details=details, status_code=int(status), headers=headers)


def _about(reply: ErrorReply, request: UpstreamRequest) -> dict[str, JsonValue]:
    return {"external_service": request.upstream.value, "upstream_status": reply.status}


def _status_of(code: str | None) -> int | None:
    entry = None if code is None else CATALOGUE.get(code)
    return None if entry is None else entry.status


def _with_reason(details: Mapping[str, JsonValue], code: str, told: JsonValue) -> dict[str, JsonValue]:
    """Return ``details`` with the reason of an authentication error: the upstream's if it is one of our words."""
    reason = entry_for(code).reason
    if reason is None:
        return dict(details)
    return {**details, "reason": told if isinstance(told, str) and told in _REASONS else reason.value}


def _with_challenge(headers: Mapping[str, str], status: int) -> dict[str, str]:
    """Return ``headers`` with what a 401 must carry: our own, since a foreign scheme makes browsers ask for a login."""
    if status != HTTPStatus.UNAUTHORIZED:
        return dict(headers)
    return {**headers, "WWW-Authenticate": challenge_for(AuthReason.TOKEN_MISSING)}
