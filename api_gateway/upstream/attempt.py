"""One sending of a request, and what came of it."""

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
    Exchange,
    HttpStream,
    decoded,
    give_back,
    readable_headers,
)
from api_gateway.upstream.retry import REPEATED_STATUSES
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
MOST_ERROR_BYTES = 65_536
"""How much of an error's body is read to find out whether it has the platform's shape."""

MOST_SENT_BEFORE_ANOTHER_BYTES = 65_536
"""The largest body after which a connection is used again. A server that answers before it has read a body closes
then, without having said so (hypercorn does), and the next request over that connection would be lost: a larger body
can lie unread in the kernel's buffers when the answer comes."""

MOST_HEAD_EVERY_SERVER_TAKES_BYTES = 8_000
"""RFC 9112 section 3 asks servers for a request line of 8,000 bytes; more than that in all some refuse by closing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt that brought no answer to hand on.

    Attributes:
        error: the one to raise.
        repeatable: whether another attempt may help.
        success: the outcome for the circuit if this was the last attempt.
    """

    error: Exception
    repeatable: bool
    success: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Makes attempts over ``session``.

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

    async def make(self, exchange: Exchange, permit: Permit) -> HttpStream | Refusal:
        """Send the request of ``exchange`` once.

        The caller closes a stream, which then settles ``permit``; after a refusal the caller settles it.
        """
        request, line = exchange.request, exchange.line
        body = request.body
        outgoing = None if body is None else OutgoingBody(body, request.content_length, exchange.deadline, self.clock)
        attempt = Attempt(permit, outgoing, self.clock)
        started = self.clock.monotonic()
        outcome = "abandoned"
        try:
            async with exchange.deadline:
                response = await self._send(exchange, outgoing)
                outcome = str(response.status)
                return await _taken(exchange, attempt, response)
        except TRANSPORT_ERRORS as exc:
            if outgoing is not None and outgoing.error is not None:
                return Refusal(outgoing.error, repeatable=False, success=None)
            failure = failure_of(exc)
            outcome = failure.proxy_error.value
            counts = failure.counts and not _may_be_refusal(request, outgoing, exc)
            return Refusal(
                self._error_for(failure, exchange, exc), failure.repeatable, success=False if counts else None
            )
        finally:
            line.attempted(outcome, self.clock.monotonic() - started)

    async def _send(self, exchange: Exchange, outgoing: OutgoingBody | None) -> ClientResponse:
        request = exchange.request
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
        if exchange.uncompressed:
            headers["Accept-Encoding"] = "identity"
        headers.popall(DEADLINE_HEADER, None)
        if (left_s := exchange.deadline.total_left_s) is not None:
            headers[DEADLINE_HEADER] = str(int(left_s * 1000))
        if request.internal:
            headers.update(self.internal_headers)
        url = exchange.line.url(request)
        response = await self.session.request(request.method, url, headers=headers, data=data, allow_redirects=False)
        try:
            _check_head(response)
        except ClientError:
            response.close()
            raise
        return response

    def _error_for(self, failure: Failure, exchange: Exchange, exc: BaseException) -> HuleEduError:
        connecting = failure.proxy_error is ProxyError.CONNECT_TIMEOUT
        timeout_s = self.connect_timeout_s if connecting else exchange.deadline.allowance_s
        error = error_for(failure, exchange.request, timeout_s=timeout_s)
        error.__cause__ = exc
        return error


def _may_be_refusal(request: UpstreamRequest, outgoing: OutgoingBody | None, exc: BaseException) -> bool:
    """Whether the upstream may have closed because of what the caller sent, its refusal lost on the way.

    A server may refuse a body that it hasn't read, or a head that is too long for it, by closing. Counted, such ends
    would let callers open the circuit for everybody by what they send.
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


async def _taken(exchange: Exchange, attempt: Attempt, response: ClientResponse) -> HttpStream | Refusal:
    status = response.status
    try:
        if is_handed_on(status, exchange.request):
            stream = HttpStream(exchange, attempt, response, await response.content.readany())
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                attempt.permit.settle(success=None)
            else:
                attempt.permit.answered()
            return stream
        body = await _error_body(response)
        give_back(response, attempt.outgoing)
    except BaseException:
        response.close()
        raise
    reply = ErrorReply(status, readable_headers(response), body or b"")
    success = _success(status, body, attempt.outgoing)
    return Refusal(error_from(reply, exchange.request), status in REPEATED_STATUSES, success)


def _success(status: int, body: bytes | None, outgoing: OutgoingBody | None) -> bool | None:
    """Return the outcome of an error for the circuit; ``body`` is None when it couldn't be read.

    A 5xx of another kind may be the upstream's answer to bad input; a 504 that of a proxy before it when a caller sends
    slowly.
    """
    if status < HTTPStatus.INTERNAL_SERVER_ERROR or (body is not None and has_coded_error(body)):
        return True
    caller_was_slow = outgoing is not None and outgoing.caller_took_s >= SLOW_CALLER_S
    return False if status in REPEATED_STATUSES and body is not None and not caller_was_slow else None


async def _error_body(response: ClientResponse) -> bytes | None:
    """Return the decoded body, None when it was asked to stay away (HEAD), is too long or can't be decoded."""
    raw = await _at_most(response, MOST_ERROR_BYTES)
    if raw is None or response.method == "HEAD":
        return None
    return decoded(raw, response.headers.get("Content-Encoding", ""), most_bytes=MOST_ERROR_BYTES)


async def _at_most(response: ClientResponse, most_bytes: int) -> bytes | None:
    """Return the whole body, None when it is longer: a part of it would tell nothing."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        chunks.append(chunk)
        size += len(chunk)
        if size > most_bytes:
            return None
    return b"".join(chunks)
