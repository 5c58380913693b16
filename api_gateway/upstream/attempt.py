"""Sends a request once, and returns its response or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession, HttpVersion11
from multidict import CIMultiDict

from api_gateway.upstream.caller_errors import error_from, is_handed_on
from api_gateway.upstream.circuit_breaker import Permit
from api_gateway.upstream.connections import BODILESS_STATUSES
from api_gateway.upstream.error_replies import ErrorReply, has_coded_error
from api_gateway.upstream.ports import UpstreamRequest
from api_gateway.upstream.request_body import OutgoingBody
from api_gateway.upstream.response import (
    SLOW_CALLER_S,
    Attempt,
    HttpStream,
    UpstreamCall,
    decode_body,
    decode_headers,
    read_at_most,
    release_or_close,
)
from api_gateway.upstream.transport_errors import (
    TRANSPORT_ERRORS,
    Failure,
    ProxyError,
    UnreadableFramingError,
    error_for,
    failure_of,
)
from common.clock import Clock
from common.errors.exceptions import HuleEduError

DEADLINE_HEADER = "X-Request-Deadline-Ms"

REPEATED_STATUSES = frozenset({502, 503, 504})
"""Statuses after which another attempt may help."""

MOST_ERROR_BYTES = 65_536
"""How much of an error's body is read to find out whether it has the platform's shape."""

MOST_SENT_BEFORE_ANOTHER_BYTES = 65_536
"""The largest body after which a connection is used again. A server that answers before it has read a body closes
then, without having said so (hypercorn does), and the next request over that connection would be lost: a larger body
can lie unread in the kernel's buffers when the answer comes."""

MOST_HEAD_EVERY_SERVER_TAKES_BYTES = 8_000
"""RFC 9112 section 3 asks servers for a request line of 8,000 bytes; more than that in all some refuse by closing."""


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt without a response for the caller.

    Attributes:
        error: the one to raise.
        repeatable: whether another attempt may help.
        success: the outcome for the circuit if this was the last attempt.
    """

    error: Exception
    repeatable: bool
    success: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSender:
    """Sends requests over ``session``.

    Attributes:
        session: see :func:`api_gateway.upstream.pool.open_session`.
        internal_headers: what requests to internal routes carry beside their own.
        connect_timeout_s: the session's, to be told when it was used up.
        clock: for metrics.
    """

    session: ClientSession
    internal_headers: Mapping[str, str]
    connect_timeout_s: float
    clock: Clock

    async def send(self, call: UpstreamCall, permit: Permit) -> HttpStream | FailedAttempt:
        """Send the request of ``call`` once.

        The caller closes a stream, which then settles ``permit``; after a refusal the caller settles it.
        """
        request, upstream = call.request, call.upstream
        body = request.body
        outgoing = None if body is None else OutgoingBody(body, request.content_length, call.deadline, self.clock)
        attempt = Attempt(permit, outgoing, self.clock)
        started = self.clock.monotonic()
        outcome = "abandoned"
        try:
            async with call.deadline:
                response = await self._send(call, outgoing)
                outcome = str(response.status)
                return await _read_response(call, attempt, response)
        except TRANSPORT_ERRORS as exc:
            if outgoing is not None and outgoing.error is not None:
                return FailedAttempt(outgoing.error, repeatable=False, success=None)
            failure = failure_of(exc)
            outcome = failure.proxy_error.value
            counts = failure.counts and not _may_be_refusal(request, outgoing, exc)
            return FailedAttempt(
                self._error_for(failure, call, exc), failure.repeatable, success=False if counts else None
            )
        finally:
            upstream.record_attempt(outcome, self.clock.monotonic() - started)

    async def _send(self, call: UpstreamCall, outgoing: OutgoingBody | None) -> ClientResponse:
        request = call.request
        headers = CIMultiDict(request.headers)
        data: bytes | OutgoingBody | None = outgoing
        length = request.content_length
        if request.json is not None:
            data = orjson.dumps(request.json)
            length = len(data)
            headers["Content-Type"] = "application/json"
        if length is not None and outgoing is not None:
            headers["Content-Length"] = str(length)
        if data is not None and (length is None or length > MOST_SENT_BEFORE_ANOTHER_BYTES):
            headers["Connection"] = "close"
        if call.uncompressed:
            headers["Accept-Encoding"] = "identity"
        headers.popall(DEADLINE_HEADER, None)
        if (left_s := call.deadline.total_left_s) is not None:
            headers[DEADLINE_HEADER] = str(int(left_s * 1000))
        if request.internal:
            headers.update(self.internal_headers)
        url = call.upstream.url(request)
        response = await self.session.request(request.method, url, headers=headers, data=data, allow_redirects=False)
        try:
            _check_head(response)
        except ClientError:
            response.close()
            raise
        return response

    def _error_for(self, failure: Failure, call: UpstreamCall, exc: BaseException) -> HuleEduError:
        connecting = failure.proxy_error is ProxyError.CONNECT_TIMEOUT
        timeout_s = self.connect_timeout_s if connecting else call.deadline.allowance_s
        error = error_for(failure, call.request, timeout_s=timeout_s)
        error.__cause__ = exc
        return error


def _may_be_refusal(request: UpstreamRequest, outgoing: OutgoingBody | None, exc: BaseException) -> bool:
    """Whether the upstream may have closed because of what the caller sent, its refusal lost on the way.

    A server may refuse a body that it hasn't read, or a head that is too long for it, by closing. Counted, such ends
    would let one caller open the circuit for all.
    """
    if isinstance(exc, TimeoutError | ClientConnectorError):
        return False
    if outgoing is not None:
        unread = outgoing.sent > MOST_SENT_BEFORE_ANOTHER_BYTES or (outgoing.sent > 0 and not outgoing.complete)
    else:
        unread = request.json is not None and len(orjson.dumps(request.json)) > MOST_SENT_BEFORE_ANOTHER_BYTES
    fields_bytes = sum(len(name) + len(value) + 4 for name, value in request.headers)
    return unread or fields_bytes + len(request.path) + len(request.query) > MOST_HEAD_EVERY_SERVER_TAKES_BYTES


def _check_head(response: ClientResponse) -> None:
    """Refuse an answer whose body can't be told from what follows it, or can't be read (RFC 9112 section 6.3)."""
    if response.status < HTTPStatus.OK:
        message = f"status {response.status} was not asked for"
        raise ClientError(message)
    fields = response.headers.getall("Transfer-Encoding", ())
    if not fields or response.method == "HEAD" or response.status in BODILESS_STATUSES:
        return
    codings = [coding.strip().lower() for coding in ",".join(fields).split(",")]
    old = response.version is None or response.version < HttpVersion11
    if codings != ["chunked"] or old:
        raise UnreadableFramingError(", ".join(fields))


async def _read_response(call: UpstreamCall, attempt: Attempt, response: ClientResponse) -> HttpStream | FailedAttempt:
    status = response.status
    try:
        if is_handed_on(status, call.request):
            stream = HttpStream(call, attempt, response, await response.content.readany())
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                attempt.permit.settle(success=None)
            else:
                attempt.permit.record_answer()
            return stream
        body = await _read_error_body(response)
        release_or_close(response, attempt.outgoing)
    except BaseException:
        response.close()
        raise
    reply = ErrorReply(status, decode_headers(response), body or b"")
    success = _circuit_outcome(status, body, attempt.outgoing)
    return FailedAttempt(error_from(reply, call.request), status in REPEATED_STATUSES, success)


def _circuit_outcome(status: int, body: bytes | None, outgoing: OutgoingBody | None) -> bool | None:
    """Return the outcome of an error for the circuit; ``body`` is None when it couldn't be read.

    A 5xx of another kind may be the upstream's answer to bad input; a 504 that of a proxy before it when a caller sends
    slowly.
    """
    if status < HTTPStatus.INTERNAL_SERVER_ERROR or (body is not None and has_coded_error(body)):
        return True
    caller_was_slow = outgoing is not None and outgoing.caller_wait_s >= SLOW_CALLER_S
    return False if status in REPEATED_STATUSES and body is not None and not caller_was_slow else None


async def _read_error_body(response: ClientResponse) -> bytes | None:
    """Return the decoded body; None for HEAD, and when it is too long or can't be decoded."""
    raw = await read_at_most(response.content.iter_any(), MOST_ERROR_BYTES)
    if raw is None or response.method == "HEAD":
        return None
    return decode_body(raw, response.headers.get("Content-Encoding", ""), most_bytes=MOST_ERROR_BYTES)
