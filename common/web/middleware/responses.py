"""Writes responses to the server: those of the app on their way out, and those that the edge makes itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from hypercorn.typing import ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable, ASGISendEvent

from common.errors.catalogue import entry_for
from common.errors.detail import ErrorDetail
from common.errors.quart_handlers import ErrorFormat
from common.errors.rendering import answer_headers, render_error
from common.web.middleware.request_head import HeaderError
from common.web.middleware.request_record import CLIENT_GONE, RequestRecord
from common.web.serving.drain import DrainState

RawHeaders = list[tuple[bytes, bytes]]

CORRELATION_HEADER = b"x-correlation-id"

_SWITCHING_PROTOCOLS = 101

_BODILESS = frozenset({204, 304})

_BODY_HEADERS = frozenset({b"content-encoding", b"content-length", b"content-type"})
"""What describes a body, and mustn't where there can be none (RFC 9110 sections 8.6 and 15.4.5)."""


@dataclass(frozen=True, slots=True)
class EdgeResponse:
    """A complete response that no route makes: status, headers with their length and type, body."""

    status: int
    headers: RawHeaders
    body: bytes


def error_response(
    error: HeaderError, error_format: ErrorFormat, *, correlation_id: UUID, accept: str | None
) -> EdgeResponse:
    """Return the response for ``error``, in the format that ``accept`` asks for.

    Its status is the catalogue's unless ``error`` has one.
    """
    status = error.status or entry_for(error.code).status
    detail = ErrorDetail(
        error_code=error.code,
        message=error.message,
        correlation_id=correlation_id,
        service=error_format.service,
        operation="serve",
    )
    body, content_type = render_error(detail, status, accept, base_url=error_format.base_url)
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "X-Content-Type-Options": "nosniff",
        CORRELATION_HEADER.decode(): str(correlation_id),
        **answer_headers(error.code, base_url=error_format.base_url),
        **error.headers,
    }
    return EdgeResponse(status, [(name.lower().encode(), value.encode()) for name, value in headers.items()], body)


class HttpResponseWriter:
    """Passes one HTTP request's response to the server, and records how it ended."""

    __slots__ = ("_drain", "_receive", "_send", "complete", "record", "started")

    def __init__(
        self, record: RequestRecord, receive: ASGIReceiveCallable, send: ASGISendCallable, drain: DrainState
    ) -> None:
        self.record = record
        self.started = False
        self.complete = False
        self._receive = receive
        self._send = send
        self._drain = drain

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next event; a disconnect before the response is complete records that the client left."""
        event = await self._receive()
        if event["type"] == "http.disconnect" and not self.complete:
            self.record.client_gone = True
        return event

    async def send(self, message: ASGISendEvent) -> None:
        """Pass ``message`` on, a head signed with the correlation id and, in a drain, with ``Connection: close``."""
        if message["type"] == "http.response.body":
            self.record.bytes_sent += len(message["body"])
            self.complete = not message["more_body"]
        elif message["type"] == "http.response.start":
            self.started = True
            self.record.status = message["status"]
            headers = with_correlation_id(message["headers"], self.record)
            if message["status"] in _BODILESS:
                headers = [pair for pair in headers if pair[0] not in _BODY_HEADERS]
            if self._drain.draining:
                headers.append((b"connection", b"close"))
            message["headers"] = headers
        await self._send(message)

    async def send_response(self, response: EdgeResponse) -> None:
        """Send a complete response."""
        await self.send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await self.send({"type": "http.response.body", "body": response.body, "more_body": False})

    def end(self) -> None:
        """Note how it ended: a client that left before the response was complete makes it a 499; HEAD has no body."""
        if self.record.client_gone and not self.complete:
            self.record.status = CLIENT_GONE
        if self.record.method == "HEAD":
            self.record.bytes_sent = 0


class WebsocketResponseWriter:
    """Passes a WebSocket's handshake response and messages to the server, and records how it ended."""

    __slots__ = ("_receive", "_send", "record", "started")

    def __init__(self, record: RequestRecord, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        self.record = record
        self.started = False
        self._receive = receive
        self._send = send

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next event; a disconnect tells the close code, unless we had closed before."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            self.record.client_gone = not self.started
            if self.record.close_code is None:
                self.record.close_code = event["code"]
        return event

    async def send(self, message: ASGISendEvent) -> None:
        """Pass ``message`` on, the handshake's response with the correlation id added."""
        match message["type"]:
            case "websocket.send":
                self.record.bytes_sent += len(message["bytes"] or (message["text"] or "").encode())
            case "websocket.accept":
                self.started = True
                self.record.status = _SWITCHING_PROTOCOLS
                message["headers"] = with_correlation_id(message["headers"], self.record)
            case "websocket.http.response.start":
                self.started = True
                self.record.status = message["status"]
                message["headers"] = with_correlation_id(message["headers"], self.record)
            case "websocket.close":
                self.started = True
                self.record.close_code = message["code"]
        await self._send(message)

    async def send_response(self, response: EdgeResponse) -> None:
        """Reject the handshake with a complete HTTP response."""
        await self.send(
            {"type": "websocket.http.response.start", "status": response.status, "headers": response.headers}
        )
        await self.send({"type": "websocket.http.response.body", "body": response.body, "more_body": False})

    def end(self) -> None:
        """Note how it ended: a client that left before the handshake was complete makes it a 499."""
        if self.record.client_gone:
            self.record.status = CLIENT_GONE


def with_correlation_id(headers: Iterable[tuple[bytes, bytes]], record: RequestRecord) -> RawHeaders:
    """Return ``headers`` with the record's correlation id in place of any other."""
    kept = [pair for pair in headers if pair[0] != CORRELATION_HEADER]
    kept.append((CORRELATION_HEADER, str(record.correlation_id).encode()))
    return kept
