"""Serves one WebSocket through Quart, with a bounded queue and with close codes that tell what failed.

Quart queues a client's messages without limit, answers an exception after accept with 1000, and raises when a
socket is closed twice.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, WebsocketReceiveEvent, WebsocketScope
from quart import Quart, Websocket
from quart.asgi import ASGIWebsocketConnection
from quart.typing import ResponseTypes
from quart.utils import encode_headers
from typing_extensions import override
from werkzeug.datastructures import Headers
from wsproto.frame_protocol import CloseReason

from common.clock import Timeout
from common.contracts.notification import MAX_MESSAGE_BYTES
from common.correlation import correlation_id
from common.errors.close_codes import close_for
from common.errors.codes import AnyErrorCode, ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError, record_failure
from common.errors.source import ErrorSource
from common.errors.tracebacks import drop_tracebacks, raise_others
from common.errors.translation import sole_failure, unexpected
from common.web.hypercorn_overrides.client_connection import connection_of
from common.web.hypercorn_overrides.small_queue import SmallQueue
from common.web.middleware.request_record import UNMATCHED, current_service, record_facts, record_route, record_sent
from common.web.quart_overrides.current import begin_serving_websocket, blueprints_of
from common.web.serving.lifespan import scheduler_of

QUEUED_MESSAGES = 32
"""How many messages may wait for a handler; a client that sends on is closed with 1008 ``rate``."""

RETRY_AFTER_MS = 1000
"""When a client may reconnect whose socket is closed before the drain assigned it a slot."""

MOST_BYTES_A_CHARACTER = 4

CLOSE_WITHIN_S = 2.0
"""How long a close frame may wait behind messages the client doesn't read, before the connection is dropped."""

_RECEIVE_ERRORS: Final[Mapping[int | None, AnyErrorCode]] = {
    CloseReason.MESSAGE_TOO_BIG: FeedErrorCode.MESSAGE_TOO_BIG,
    CloseReason.POLICY_VIOLATION: ErrorCode.RATE_LIMIT,
    CloseReason.INVALID_FRAME_PAYLOAD_DATA: FeedErrorCode.NOT_UTF8,
}
"""Errors of a client's messages that the connection below reports, beside frames that break the protocol."""


class EdgeWebsocket(Websocket):
    """The socket a handler sees."""

    @property
    @override
    def blueprints(self) -> list[str]:
        """The blueprints of the route that matched."""
        return [] if self.url_rule is None else blueprints_of(self.url_rule.endpoint)

    @override
    async def receive(self) -> str | bytes:
        """Return the next message; accepts the socket if need be."""
        await self._accept(_NO_HEADERS, None)
        message: str | bytes = await self._receive()
        return message

    @override
    async def send(self, data: str | bytes) -> None:
        """Send one message.

        Quart's own yields to the loop and makes headers for an accept each time; here a tight loop of sends waits
        only when the client's share of the buffers is used up.
        """
        await self._send(data)


_NO_HEADERS: Final = Headers()


class PeerLeftError(Exception):
    """The socket has ended; cancels its handler."""


class BoundedWebsocketConnection(ASGIWebsocketConnection):
    """Serves one socket; its handler is cancelled when the socket has ended."""

    def __init__(self, app: Quart, scope: WebsocketScope) -> None:
        super().__init__(app, scope)
        self.queue = SmallQueue[str | bytes]()
        self._client = connection_of(scope)
        self._left = False

    @override
    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve the socket to its end."""
        websocket = self._create_websocket_from_scope(send)
        self._to_client = send
        try:
            async with asyncio.TaskGroup() as group:
                reader = group.create_task(self.handle_messages(receive))
                try:
                    await self.handle_websocket(websocket, send)
                finally:
                    reader.cancel()
        except ExceptionGroup as ended:
            raise_others(ended, PeerLeftError)
        finally:
            if self._client is not None:
                record_sent(self._client.sent_bytes)

    @override
    async def handle_messages(self, receive: ASGIReceiveCallable) -> None:
        """Queue what the client sends; raise :class:`PeerLeftError` when the socket is over."""
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                self._left = True
                raise PeerLeftError
            if event["type"] == "websocket.receive":
                error_code = self._find_error(event)
                if error_code is not None:
                    await self._close_for(error_code)
                    self._left = True
                    raise PeerLeftError
                self.queue.put_nowait(event["text"] if event["bytes"] is None else event["bytes"])

    @override
    async def handle_websocket(self, websocket: Websocket, send: ASGISendCallable) -> None:
        """Run the handler. Before accept a failure is an HTTP answer, after it a close code with a reason."""
        try:
            response = await self._dispatch(websocket)
        except asyncio.CancelledError:
            await self._close_cancelled()
            raise
        except Exception as error:  # any failure of a handler becomes a close code
            if not self._accepted:
                raise
            await self._close_after(error, websocket)
        else:
            if self._accepted:
                await self._close_for(ErrorCode.UNKNOWN_ERROR)  # the handler returned without closing
            elif response is not None:
                await _reject(response, send)
        finally:
            record_route(websocket)

    @override
    async def accept_connection(self, send: ASGISendCallable, headers: Headers, subprotocol: str | None) -> None:
        """Accept the socket; nothing happens when it is accepted already.

        Quart's own reads the version of ASGI that the server speaks, which is ours.
        """
        if not self._accepted:
            self._accepted = True
            encoded = encode_headers(headers) if headers else []
            await send({"type": "websocket.accept", "headers": encoded, "subprotocol": subprotocol})

    @override
    async def close_connection(self, send: ASGISendCallable, code: int, reason: str) -> None:
        """Close the socket; nothing happens when it is closed already.

        When the client doesn't take the close frame within ``CLOSE_WITHIN_S``, the connection is dropped.
        """
        if self._closed:
            return
        self._closed = True
        try:
            async with Timeout(scheduler_of(self.app), CLOSE_WITHIN_S):
                await send({"type": "websocket.close", "code": code, "reason": reason})
        except TimeoutError:
            if self._client is not None:
                self._client.abort()

    @override
    async def send_data(self, send: ASGISendCallable, data: str | bytes) -> None:
        """Send one message, accepting the socket if need be; it is dropped when the socket has been closed."""
        if self._closed:
            return
        if not self._accepted:
            await self.accept_connection(send, Headers(), None)
        if isinstance(data, str):
            await send({"type": "websocket.send", "bytes": None, "text": data})
        else:
            await send({"type": "websocket.send", "bytes": data, "text": None})

    async def _dispatch(self, websocket: Websocket) -> ResponseTypes | None:
        """Do as Quart's ``handle_websocket`` does, but leave a failure after accept to the caller."""
        app = self.app
        begin_serving_websocket(app, websocket)
        async with app.websocket_context(websocket) as context:
            try:
                result = await app.preprocess_websocket(context)
                if result is None:
                    result = await app.dispatch_websocket(context)
            except Exception as error:  # as Quart's own: its error handlers take every exception
                if self._accepted:
                    raise
                refusal = await app.finalize_websocket(await app.handle_user_exception(error), context)
                drop_tracebacks(error)
                return refusal
            return None if result is None else await app.finalize_websocket(result, context)

    async def _close_after(self, error: Exception, websocket: Websocket) -> None:
        failure = sole_failure(error)
        if isinstance(failure, HuleEduError):
            known, cause = failure, None
        else:
            known, cause = unexpected(_error_source(websocket)), error
        record_failure(known, cause=cause)
        drop_tracebacks(error)
        await self._end(*close_for(known))

    async def _close_cancelled(self) -> None:
        """Close a socket whose handler was cancelled by the drain's deadline or by itself, unless the client left."""
        task = asyncio.current_task()
        if self._accepted and not self._left:
            from_outside = task is not None and task.cancelling() > 0
            await self._close_for(FeedErrorCode.SERVICE_RESTART if from_outside else ErrorCode.UNKNOWN_ERROR)

    async def _close_for(self, code: AnyErrorCode) -> None:
        if not self._closed:
            record_facts(error_code=code.value)
            await self._end(*close_for(code, correlation_id=correlation_id(), retry_after_ms=RETRY_AFTER_MS))

    async def _end(self, code: int, reason: str) -> None:
        await self.close_connection(self._to_client, code, reason)

    def _find_error(self, event: WebsocketReceiveEvent) -> AnyErrorCode | None:
        """Return what is wrong with the client's message, or None."""
        if event["bytes"] is None and event["text"] is None:
            return _RECEIVE_ERRORS.get(
                self._client.receive_error if self._client else None, FeedErrorCode.PROTOCOL_ERROR
            )
        if _size(event) > MAX_MESSAGE_BYTES:
            return FeedErrorCode.MESSAGE_TOO_BIG
        return ErrorCode.RATE_LIMIT if self.queue.qsize() >= QUEUED_MESSAGES else None


def _size(event: WebsocketReceiveEvent) -> int:
    """Return the message's size in bytes; a text is encoded only when its length doesn't settle the matter."""
    if event["bytes"] is not None:
        return len(event["bytes"])
    text = event["text"] or ""
    return len(text) if len(text) * MOST_BYTES_A_CHARACTER <= MAX_MESSAGE_BYTES else len(text.encode())


async def _reject(response: ResponseTypes, send: ASGISendCallable) -> None:
    """Answer the handshake with ``response``."""
    data = response.get_data(as_text=False)
    body = data if isinstance(data, bytes) else await data
    headers = encode_headers(response.headers)
    await send({"type": "websocket.http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})


def _error_source(websocket: Websocket) -> ErrorSource:
    rule = websocket.url_rule.rule if websocket.url_rule else UNMATCHED
    return ErrorSource(current_service(), f"WEBSOCKET {rule}", correlation_id())
