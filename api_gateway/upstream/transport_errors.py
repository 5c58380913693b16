"""What aiohttp's exceptions mean: one table from them to the platform's codes (docs/gateway.md, rows 10, 21)."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import aiohttp
from aiohttp.http_exceptions import BadHttpMessage, BadStatusLine, LineTooLong
from pydantic import JsonValue

from api_gateway import SERVICE_NAME
from api_gateway.upstream.ports import UpstreamName, UpstreamRequest
from common.correlation import correlation_id
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.source import ErrorSource


class ProxyError(StrEnum):
    """Why there is no answer of the upstream's (RFC 9209 section 2.3)."""

    CIRCUIT_OPEN = "destination_unavailable"
    LIMIT_REACHED = "connection_limit_reached"
    NAME_ERROR = "dns_error"
    UNROUTABLE = "destination_ip_unroutable"
    REFUSED = "connection_refused"
    TERMINATED = "connection_terminated"
    CONNECT_TIMEOUT = "connection_timeout"
    ANSWER_TIMEOUT = "http_response_timeout"
    INCOMPLETE = "http_response_incomplete"
    BODY_TOO_LARGE = "http_response_body_size"
    HEAD_TOO_LARGE = "http_response_header_section_size"
    BAD_CODING = "http_response_content_coding"
    BAD_FRAMING = "http_response_transfer_coding"
    NOT_HTTP = "http_protocol_error"
    CERTIFICATE = "tls_certificate_error"
    TLS = "tls_protocol_error"


def no_answer(upstream: UpstreamName, error: ProxyError) -> dict[str, str]:
    """Return the field for a failure on the way to ``upstream``."""
    return {"Proxy-Status": f"{SERVICE_NAME}; error={error}; next-hop={upstream}"}


def answer_replaced(upstream: UpstreamName, status: int) -> dict[str, str]:
    """Return the field for an answer of ``upstream``'s with ``status`` whose content the gateway replaced."""
    return {"Proxy-Status": f"{SERVICE_NAME}; received-status={status}; next-hop={upstream}"}


OPERATION = "call_upstream"

TRANSPORT_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)
"""Everything aiohttp raises for what an upstream or the network does."""


class UpstreamDisconnectedError(aiohttp.ClientConnectionError):
    """The connection ended before the head of an answer came."""


class BrokenBodyError(aiohttp.ClientPayloadError):
    """The body of an answer isn't framed as its head says: a chunk without a size."""


class UnreadableFramingError(aiohttp.ClientError):
    """Where the body of an answer ends, or how to undo its transfer coding, isn't clear."""


class ReplyTooLargeError(Exception):
    """The body of a whole answer is over the limit."""


class UnknownCodingError(Exception):
    """The body has a content coding nobody asked for and we can't undo."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure on the way to an upstream.

    Attributes:
        code: the platform's name for it.
        proxy_error: RFC 9209's name for it.
        message: the sentence for the caller; ``{}`` stands for the upstream's name.
        repeatable: whether nothing came back at all, so that a GET or HEAD may be sent again.
        counts: whether the circuit counts it. An answer that came and can't be passed on says nothing about the
            upstream's health: it may be this caller's alone, whose long target comes back in a Location, or whose line
            break comes back in a file's name.
    """

    code: ErrorCode
    proxy_error: ProxyError
    message: str
    repeatable: bool = False
    counts: bool = True


_BROKEN = Failure(
    ErrorCode.EXTERNAL_SERVICE_ERROR, ProxyError.TERMINATED, "The {} service can't be reached.", repeatable=True
)
_NOT_HTTP = Failure(ErrorCode.INVALID_RESPONSE, ProxyError.NOT_HTTP, "The {} service sent a response that isn't HTTP.")

# The first row whose type fits tells: a class stands before those it inherits from.
_ROWS: tuple[tuple[type[BaseException], Failure], ...] = (
    (
        aiohttp.ClientConnectorDNSError,
        Failure(
            ErrorCode.EXTERNAL_SERVICE_ERROR, ProxyError.NAME_ERROR, "The {} service can't be found.", repeatable=True
        ),
    ),
    (
        aiohttp.ClientConnectorCertificateError,
        Failure(ErrorCode.EXTERNAL_SERVICE_ERROR, ProxyError.CERTIFICATE, "The {} service can't be trusted."),
    ),
    (
        aiohttp.ServerFingerprintMismatch,
        Failure(ErrorCode.EXTERNAL_SERVICE_ERROR, ProxyError.CERTIFICATE, "The {} service can't be trusted."),
    ),
    (
        aiohttp.ClientSSLError,
        Failure(ErrorCode.EXTERNAL_SERVICE_ERROR, ProxyError.TLS, "The {} service can't be reached securely."),
    ),
    (
        aiohttp.ConnectionTimeoutError,
        Failure(
            ErrorCode.TIMEOUT,
            ProxyError.CONNECT_TIMEOUT,
            "The {} service did not accept the connection in time.",
            repeatable=True,
        ),
    ),
    (TimeoutError, Failure(ErrorCode.TIMEOUT, ProxyError.ANSWER_TIMEOUT, "The {} service took too long to respond.")),
    (
        ConnectionRefusedError,
        Failure(
            ErrorCode.EXTERNAL_SERVICE_ERROR,
            ProxyError.REFUSED,
            "The {} service refused the connection.",
            repeatable=True,
        ),
    ),
    (
        aiohttp.ClientConnectorError,
        Failure(
            ErrorCode.EXTERNAL_SERVICE_ERROR, ProxyError.UNROUTABLE, "The {} service can't be reached.", repeatable=True
        ),
    ),
    (
        LineTooLong,
        Failure(
            ErrorCode.INVALID_RESPONSE,
            ProxyError.HEAD_TOO_LARGE,
            "The {} service sent a response whose headers are too large.",
            counts=False,
        ),
    ),
    (
        UnreadableFramingError,
        Failure(
            ErrorCode.INVALID_RESPONSE,
            ProxyError.BAD_FRAMING,
            "The {} service used an unknown transfer coding.",
            counts=False,
        ),
    ),
    (BadStatusLine, _NOT_HTTP),
    (BadHttpMessage, replace(_NOT_HTTP, counts=False)),
    (aiohttp.ClientResponseError, _NOT_HTTP),
    (BrokenBodyError, _NOT_HTTP),
    (
        aiohttp.ClientPayloadError,
        Failure(ErrorCode.INVALID_RESPONSE, ProxyError.INCOMPLETE, "The {} service broke off its response."),
    ),
    (
        ReplyTooLargeError,
        Failure(
            ErrorCode.INVALID_RESPONSE,
            ProxyError.BODY_TOO_LARGE,
            "The {} service sent a response body that is too large.",
        ),
    ),
    (
        UnknownCodingError,
        Failure(
            ErrorCode.INVALID_RESPONSE,
            ProxyError.BAD_CODING,
            "The {} service used a content coding that was not requested.",
        ),
    ),
    (OSError, _BROKEN),
    (aiohttp.ClientConnectionError, _BROKEN),
    (
        aiohttp.ClientError,
        Failure(ErrorCode.EXTERNAL_SERVICE_ERROR, ProxyError.NOT_HTTP, "Communication with the {} service failed."),
    ),
)


def failure_of(exc: BaseException) -> Failure:
    """Return what ``exc`` means, judged by what aiohttp wrapped where that says more.

    Raises:
        LookupError: ``exc`` is nothing that an upstream or the network does.
    """
    told = _inner(exc)
    for kind, failure in _ROWS:
        if isinstance(told, kind):
            return failure
    raise LookupError(type(exc).__name__)


def _inner(exc: BaseException) -> BaseException:
    match exc:
        case aiohttp.ClientConnectorError(errno=errno.ECONNREFUSED):
            return ConnectionRefusedError(exc.errno, exc.strerror)
        case aiohttp.ClientResponseError():
            return next((each for each in _roots(exc) if isinstance(each, BadHttpMessage)), exc)
    return exc


def _roots(exc: BaseException) -> Iterator[BaseException]:
    root = exc.__cause__ or exc.__context__
    while root is not None:
        yield root
        root = root.__cause__ or root.__context__


def error_for(failure: Failure, request: UpstreamRequest, *, timeout_s: float | None = None) -> HuleEduError:
    """Return the caller's error for ``failure``; ``timeout_s`` is the allowance that was used up."""
    details: dict[str, JsonValue] = {"external_service": request.upstream.value}
    if failure.code is ErrorCode.TIMEOUT and timeout_s is not None:
        details["timeout_seconds"] = timeout_s
    return ErrorSource(SERVICE_NAME, OPERATION, correlation_id()).error(
        failure.code,
        failure.message.format(request.upstream),
        details=details,
        headers=no_answer(request.upstream, failure.proxy_error),
    )
