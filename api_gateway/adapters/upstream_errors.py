"""An upstream's error reply as the caller is told it (docs/gateway.md, row 21). No I/O.

One in the platform's shape passes with its status, code, message, service and details, and nothing else of it.
Anything else is wrapped and its body never copied, and so is all that comes from internal routes, which were never
meant for callers. An upstream that doesn't accept *us* is our fault, not the caller's.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, JsonValue, StringConstraints, ValidationError

from api_gateway.adapters.proxy_status import answer_replaced
from api_gateway.adapters.upstream_failures import OPERATION
from api_gateway.domain import SERVICE_NAME, UpstreamRequest
from api_gateway.forwarding import HeaderPairs
from common.correlation import correlation_id
from common.errors.catalogue import nearest_code
from common.errors.challenges import AuthReason, challenge_for
from common.errors.codes import ErrorCode
from common.errors.detail import CODE_PATTERN
from common.errors.exceptions import HuleEduError, Place

IDENTITY_PATH_PREFIX = "/v1/auth/"
"""Where 401 is about the caller's own credentials."""

_PASSED_HEADERS = {"allow": "Allow", "retry-after": "Retry-After", "www-authenticate": "WWW-Authenticate"}
_NOT_ABOUT_THE_CALLER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})


class _Told(BaseModel):
    code: Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
    message: str
    service: str
    details: dict[str, JsonValue] | None = None


class _Envelope(BaseModel):
    error: _Told


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A reply with status 400 or above; ``body`` is what could be read and decoded of it, or empty."""

    status: int
    headers: HeaderPairs
    body: bytes


def error_from(reply: ErrorReply, request: UpstreamRequest) -> HuleEduError:
    """Return the error to raise for ``reply`` to ``request``."""
    told = None if request.internal else _told(reply.body)
    if _is_our_fault(reply, told, request) or (told is None and reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR):
        return _wrapped(reply, request, ErrorCode.EXTERNAL_SERVICE_ERROR, HTTPStatus.BAD_GATEWAY)
    if told is None:
        return _wrapped(reply, request, nearest_code(reply.status), reply.status)
    return Place(told.service, OPERATION, correlation_id()).error(
        told.code, told.message, details=told.details, status_code=reply.status, headers=_kept_headers(reply)
    )


def _told(body: bytes) -> _Told | None:
    try:
        return _Envelope.model_validate_json(body).error
    except ValidationError:
        return None


def _is_our_fault(reply: ErrorReply, told: _Told | None, request: UpstreamRequest) -> bool:
    if request.path.startswith(IDENTITY_PATH_PREFIX):
        return reply.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
    return reply.status in _NOT_ABOUT_THE_CALLER or (told is not None and told.code == ErrorCode.INVALID_API_KEY)


def _wrapped(reply: ErrorReply, request: UpstreamRequest, code: ErrorCode, status: int) -> HuleEduError:
    failed = status == HTTPStatus.BAD_GATEWAY
    return Place(SERVICE_NAME, OPERATION, correlation_id()).error(
        code,
        f"The {request.upstream} service {'failed' if failed else 'refused the request'}.",
        details={"external_service": request.upstream.value, "upstream_status": reply.status},
        status_code=status,
        headers=({} if failed else _kept_headers(reply)) | answer_replaced(request.upstream, reply.status),
    )


def _kept_headers(reply: ErrorReply) -> dict[str, str]:
    passed = {name.lower(): value for name, value in reply.headers}
    if reply.status == HTTPStatus.UNAUTHORIZED:
        passed = {"www-authenticate": challenge_for(AuthReason.TOKEN_MISSING)} | passed
    else:
        passed.pop("www-authenticate", None)
    return {spelt: passed[name] for name, spelt in _PASSED_HEADERS.items() if name in passed}
