"""One sending of a request, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from aiohttp import ClientError, ClientResponse, ClientSession
from multidict import CIMultiDict

from api_gateway.adapters.content_coding import decoded
from api_gateway.adapters.outgoing_body import OutgoingBody
from api_gateway.adapters.proxy_status import ProxyError
from api_gateway.adapters.retries import REPEATED_STATUSES
from api_gateway.adapters.upstream_errors import ErrorReply, error_from
from api_gateway.adapters.upstream_failures import TRANSPORT_ERRORS, error_for, failure_of
from api_gateway.adapters.upstream_stream import Attempt, Exchange, HttpStream, give_back, readable_headers
from common.clock import Clock
from common.errors.exceptions import HuleEduError

DEADLINE_HEADER = "X-Request-Deadline-Ms"
MOST_ERROR_BYTES = 65_536
"""How much of an error's body is read to find out whether it has the platform's shape."""

MOST_SENT_BEFORE_ANOTHER_BYTES = 65_536
"""The largest body after which a connection is used again. A server that answers before it has read a body closes
then, without having said so (hypercorn does), and the next request over that connection would be lost: a larger body
can lie unread in the kernel's buffers when the answer comes."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt that brought no answer to hand on: the error to raise, and whether another attempt may help."""

    error: Exception
    repeatable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Makes attempts over ``session``.

    Attributes:
        session: see :func:`api_gateway.adapters.upstream_session.open_session`.
        internal_headers: what requests to internal routes carry beside their own.
        connect_timeout_s: the session's, to be told when it was used up.
        clock: for metrics.
    """

    session: ClientSession
    internal_headers: Mapping[str, str]
    connect_timeout_s: float
    clock: Clock

    async def make(self, exchange: Exchange) -> HttpStream | Refusal:
        """Send the request of ``exchange`` once; the caller closes the stream.

        Raises:
            HuleEduError: CIRCUIT_BREAKER_OPEN.
        """
        request, line = exchange.request, exchange.line
        body = request.body
        outgoing = None if body is None else OutgoingBody(body, request.content_length, exchange.deadline)
        attempt = Attempt(line.admit(), outgoing)
        started = self.clock.monotonic()
        outcome = "abandoned"
        try:
            async with exchange.deadline:
                response = await self._send(exchange, outgoing)
                outcome = str(response.status)
                return await _taken(exchange, attempt, response)
        except TRANSPORT_ERRORS as exc:
            if outgoing is not None and outgoing.error is not None:
                attempt.permit.abandoned()
                return Refusal(outgoing.error, repeatable=False)
            if outgoing is not None and outgoing.under_way and not isinstance(exc, TimeoutError):
                # It closed on a body that was still coming: as likely an early refusal, its head lost, as a failure.
                # Counted, callers could open the circuit for everybody by what they send.
                attempt.permit.abandoned()
            else:
                attempt.permit.failed()
            outcome = failure_of(exc).proxy_error.value
            return self._failed(exchange, exc)
        except BaseException:
            attempt.permit.abandoned()
            raise
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
        if response.status < HTTPStatus.OK:
            response.close()
            message = f"status {response.status} was not asked for"
            raise ClientError(message)
        return response

    def _failed(self, exchange: Exchange, exc: BaseException) -> Refusal:
        failure = failure_of(exc)
        connecting = failure.proxy_error is ProxyError.CONNECT_TIMEOUT
        timeout_s = self.connect_timeout_s if connecting else exchange.deadline.allowance_s
        error = error_for(failure, exchange.request, timeout_s=timeout_s)
        error.__cause__ = exc
        return Refusal(error, failure.repeatable)


async def _taken(exchange: Exchange, attempt: Attempt, response: ClientResponse) -> HttpStream | Refusal:
    status = response.status
    try:
        if status < HTTPStatus.BAD_REQUEST or status in exchange.request.answers:
            taken: HttpStream | Refusal = HttpStream(exchange, attempt, response, await response.content.readany())
        else:
            taken = Refusal(await _error_from(exchange, response), status in REPEATED_STATUSES)
            give_back(response, attempt.outgoing)
    except BaseException:
        response.close()
        raise
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        attempt.permit.failed()
    elif isinstance(taken, HttpStream):
        attempt.permit.answered()
    else:
        attempt.permit.succeeded()
    return taken


async def _error_from(exchange: Exchange, response: ClientResponse) -> HuleEduError:
    raw = await _at_most(response, MOST_ERROR_BYTES)
    coding = response.headers.get("Content-Encoding", "")
    body = decoded(raw, coding, most_bytes=MOST_ERROR_BYTES) or b""
    headers = readable_headers(response, exchange.line.origin)
    return error_from(ErrorReply(response.status, headers, body), exchange.request)


async def _at_most(response: ClientResponse, most_bytes: int) -> bytes:
    """Return the whole body, or nothing when it is longer: a part of it would tell nothing."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        chunks.append(chunk)
        size += len(chunk)
        if size > most_bytes:
            return b""
    return b"".join(chunks)
