"""Writes responses to the server: an app's own on their way out, and error responses that no route makes."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from hypercorn.typing import ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable, ASGISendEvent

from common.errors.catalogue import entry_for
from common.errors.detail import ErrorDetail
from common.errors.quart_handlers import Registration
from common.errors.rendering import answer_headers, render_error
from common.web.middleware.request_head import HeadFault
from common.web.middleware.request_record import CLIENT_GONE, Exchange
from common.web.serving.drain import DrainState

RawHeaders = list[tuple[bytes, bytes]]

CORRELATION_HEADER = b"x-correlation-id"

_SWITCHING_PROTOCOLS = 101

_BODILESS = frozenset({204, 304})

_OF_A_BODY = frozenset({b"content-encoding", b"content-length", b"content-type"})
"""What describes a body, and mustn't where there can be none (RFC 9110 sections 8.6 and 15.4.5)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A complete answer: status, headers with their length and type, body."""

    status: int
    headers: RawHeaders
    body: bytes


def refusal(fault: HeadFault, answering: Registration, *, correlation_id: UUID, accept: str | None) -> Refusal:
    """Return the answer for ``fault``, in the format that ``accept`` asks for.

    Its status is the catalogue's unless the fault has one.
    """
    status = fault.status or entry_for(fault.code).status
    detail = ErrorDetail(
        error_code=fault.code,
        message=fault.message,
        correlation_id=correlation_id,
        service=answering.service,
        operation="serve",
    )
    body, content_type = render_error(detail, status, accept, base_url=answering.base_url)
    told = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "X-Content-Type-Options": "nosniff",
        CORRELATION_HEADER.decode(): str(correlation_id),
        **answer_headers(fault.code, base_url=answering.base_url),
        **fault.headers,
    }
    return Refusal(status, [(name.lower().encode(), value.encode()) for name, value in told.items()], body)


class HttpFlow:
    """One HTTP request and its answer."""

    __slots__ = ("_drain", "_receive", "_send", "complete", "exchange", "started")

    def __init__(
        self, exchange: Exchange, receive: ASGIReceiveCallable, send: ASGISendCallable, drain: DrainState
    ) -> None:
        self.exchange = exchange
        self.started = False
        self.complete = False
        self._receive = receive
        self._send = send
        self._drain = drain

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next event; a disconnect before the answer is complete makes the client gone."""
        event = await self._receive()
        if event["type"] == "http.disconnect" and not self.complete:
            self.exchange.client_gone = True
        return event

    async def send(self, message: ASGISendEvent) -> None:
        """Pass ``message`` on, a head signed with the correlation id and, in a drain, with ``Connection: close``."""
        if message["type"] == "http.response.body":
            self.exchange.bytes_sent += len(message["body"])
            self.complete = not message["more_body"]
        elif message["type"] == "http.response.start":
            self.started = True
            self.exchange.status = message["status"]
            headers = signed(message["headers"], self.exchange)
            if message["status"] in _BODILESS:
                headers = [pair for pair in headers if pair[0] not in _OF_A_BODY]
            if self._drain.draining:
                headers.append((b"connection", b"close"))
            message["headers"] = headers
        await self._send(message)

    async def give(self, answer: Refusal) -> None:
        """Send a complete answer."""
        await self.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await self.send({"type": "http.response.body", "body": answer.body, "more_body": False})

    def end(self) -> None:
        """Note how it ended: a client that left before the answer was complete makes it a 499; HEAD has no body."""
        if self.exchange.client_gone and not self.complete:
            self.exchange.status = CLIENT_GONE
        if self.exchange.method == "HEAD":
            self.exchange.bytes_sent = 0


class SocketFlow:
    """One WebSocket: its handshake's answer and what is sent on it."""

    __slots__ = ("_receive", "_send", "exchange", "started")

    def __init__(self, exchange: Exchange, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        self.exchange = exchange
        self.started = False
        self._receive = receive
        self._send = send

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next event; a disconnect tells the close code, unless we had closed before."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            self.exchange.client_gone = not self.started
            if self.exchange.close_code is None:
                self.exchange.close_code = event["code"]
        return event

    async def send(self, message: ASGISendEvent) -> None:
        """Pass ``message`` on, the handshake's answer signed with the correlation id."""
        match message["type"]:
            case "websocket.send":
                self.exchange.bytes_sent += len(message["bytes"] or message["text"] or "")
            case "websocket.accept":
                self.started = True
                self.exchange.status = _SWITCHING_PROTOCOLS
                message["headers"] = signed(message["headers"], self.exchange)
            case "websocket.http.response.start":
                self.started = True
                self.exchange.status = message["status"]
                message["headers"] = signed(message["headers"], self.exchange)
            case "websocket.close":
                self.started = True
                self.exchange.close_code = message["code"]
        await self._send(message)

    async def give(self, answer: Refusal) -> None:
        """Reject the handshake with a complete HTTP answer."""
        await self.send({"type": "websocket.http.response.start", "status": answer.status, "headers": answer.headers})
        await self.send({"type": "websocket.http.response.body", "body": answer.body, "more_body": False})

    def end(self) -> None:
        """Note how it ended: a client that left before the handshake was answered makes it a 499."""
        if self.exchange.client_gone:
            self.exchange.status = CLIENT_GONE


def signed(headers: Iterable[tuple[bytes, bytes]], exchange: Exchange) -> RawHeaders:
    """Return ``headers`` with the exchange's correlation id in place of any other."""
    kept = [pair for pair in headers if pair[0] != CORRELATION_HEADER]
    kept.append((CORRELATION_HEADER, str(exchange.correlation_id).encode()))
    return kept
