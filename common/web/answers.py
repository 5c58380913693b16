"""What is sent for one request or socket: watched, counted and signed on its way out."""

from collections.abc import Iterable

from hypercorn.typing import ASGISendCallable, ASGISendEvent

from common.web.drain import DrainState
from common.web.exchange import CLIENT_GONE, Exchange
from common.web.refusals import RawHeaders, Refusal

CORRELATION_HEADER = b"x-correlation-id"


class HttpAnswer:
    """The answer to one HTTP request."""

    def __init__(self, exchange: Exchange, send: ASGISendCallable, drain: DrainState) -> None:
        self.exchange = exchange
        self.started = False
        self.complete = False
        self._send = send
        self._drain = drain

    async def send(self, message: ASGISendEvent) -> None:
        """Pass ``message`` on, its head signed with the correlation id."""
        if message["type"] == "http.response.body":
            self.exchange.bytes_sent += len(message["body"])
            self.complete = not message["more_body"]
        elif message["type"] == "http.response.start":
            self.started = True
            self.exchange.status = message["status"]
            headers = signed(message["headers"], self.exchange)
            if self._drain.draining:
                headers.append((b"connection", b"close"))
            message["headers"] = headers
        await self._send(message)

    async def give(self, answer: Refusal) -> None:
        """Send a complete answer."""
        await self.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await self.send({"type": "http.response.body", "body": answer.body, "more_body": False})

    def end(self) -> None:
        """Note how it ended: a client that left before the answer was complete makes it a 499."""
        if self.exchange.client_gone and not self.complete:
            self.exchange.status = CLIENT_GONE


class SocketAnswer:
    """What is sent on one WebSocket: an acceptance and messages, or an HTTP rejection."""

    def __init__(self, exchange: Exchange, send: ASGISendCallable) -> None:
        self.exchange = exchange
        self.started = False
        self._send = send

    async def send(self, message: ASGISendEvent) -> None:
        """Pass ``message`` on, the handshake's answer signed with the correlation id."""
        match message["type"]:
            case "websocket.send":
                self.exchange.bytes_sent += len(message["bytes"] or message["text"] or "")
            case "websocket.accept":
                self.started = True
                self.exchange.status = 101
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

    def left(self, code: int) -> None:
        """Note that the peer is gone, and the code it gave unless we had closed before."""
        self.exchange.client_gone = not self.started
        if self.exchange.close_code is None:
            self.exchange.close_code = code

    def end(self) -> None:
        """Note how it ended: a client that left before the handshake was answered makes it a 499."""
        if self.exchange.client_gone:
            self.exchange.status = CLIENT_GONE


def signed(headers: Iterable[tuple[bytes, bytes]], exchange: Exchange) -> RawHeaders:
    """Return ``headers`` with the exchange's correlation id in place of any other."""
    kept = [pair for pair in headers if pair[0] != CORRELATION_HEADER]
    kept.append((CORRELATION_HEADER, str(exchange.correlation_id).encode()))
    return kept
