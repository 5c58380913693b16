"""WebSockets: dead-peer checks by ping, errors reported to the app, refused handshakes closed, deflate by option.

Hypercorn sends pings and never looks at pongs; closes on an oversized or malformed message without telling the app;
leaves the connection of a refused handshake open; reports every close of the peer's as 1006; reads only the last line
of several that offer subprotocols or extensions, and breaks off the connection where one isn't ASCII; takes any key;
and accepts permessage-deflate whenever it is offered, which costs up to 100 KB a socket.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from hypercorn.protocol.events import Body, Data, EndBody, Event, Request, Response, StreamClosed
from hypercorn.protocol.ws_stream import ASGIWebsocketState, FrameTooLargeError, WSStream
from hypercorn.typing import ASGISendEvent, WebsocketAcceptEvent
from wsproto.connection import ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from common.web.hypercorn_overrides.client_connection import ROOM_BYTES, ClientConnection, connection_of
from common.web.hypercorn_overrides.config import edge_config
from common.web.hypercorn_overrides.keepalive import Keepalive
from common.web.middleware.request_head import handshake_error_status, join_list_headers, without_handshake

MOST_FRAMES = 2_000
FRAMES_WITHIN_S = 10.0
"""So many frames a client may send in so many seconds, control frames and fragments included.

Each costs some 30 µs.
"""

FRAMES_A_TURN = 16
"""So many frames are read before the loop serves the other clients: thousands may come in at once."""

_REFUSALS = frozenset({"websocket.close", "websocket.http.response.body"})
"""Messages of the app that refuse a handshake."""


class EdgeSocket(WSStream):
    """One WebSocket under our configuration."""

    _handshake_error_status: HTTPStatus | None = None
    _unreadable = False
    _rejected = False
    """Whether the app's refusal of the handshake is on its way: hypercorn's state says so only once it was written."""

    _frames = 0
    _frames_since = 0.0
    _keepalive: Keepalive | None = None
    _known_client: ClientConnection | None = None

    async def handle(self, event: Event) -> None:
        """Take in what the connection below reports."""
        if isinstance(event, Body | Data):
            if self._unreadable:
                return
            if not self.closed and not self.handshake.accepted:
                if not self._rejected:
                    await self._refuse_early_frames()
                return
        if isinstance(event, StreamClosed):
            self._stop_pings()
            self._client.send_ping = self._client.text_sender = None
        if isinstance(event, Request):
            event = self._read_handshake(event)
        await super().handle(event)
        if isinstance(event, Request) and not self.closed:
            self._client.send_ping = self._ping_now
            self._client.text_sender = self._send_text

    def _read_handshake(self, request: Request) -> Request:
        """Return the request as hypercorn is to read it; one that is refused lacks what a handshake needs."""
        self._handshake_error_status = handshake_error_status(request.headers)
        if self._handshake_error_status is not None:
            return replace(request, headers=without_handshake(request.headers))
        headers = join_list_headers(request.headers)
        if not edge_config(self.config).deflate:
            headers = [pair for pair in headers if pair[0] != b"sec-websocket-extensions"]
        return replace(request, headers=headers)

    async def app_send(self, message: ASGISendEvent | None) -> None:
        """Send what the app sends; a message goes straight to the transport while that has room.

        Each task's messages keep their order. The detour through hypercorn's layers would cost as much again.
        """
        if message is None or message["type"] != "websocket.send" or self.state is not ASGIWebsocketState.CONNECTED:
            ends = message is None or message["type"] in _REFUSALS
            self._rejected = self._rejected or (ends and self.state is ASGIWebsocketState.HANDSHAKE)
            await super().app_send(message)
            return
        text, raw = message["text"], message["bytes"]
        try:
            data = self.connection.send(TextMessage(text or "") if raw is None else BytesMessage(raw))
        except LocalProtocolError:
            return  # the peer has begun to close
        client = self._client
        if client.unsent_bytes < ROOM_BYTES:
            client.write(data)
        else:
            await self.send(Data(stream_id=self.stream_id, data=data))

    def _send_text(self, text: str, encoded: bytes) -> bool:
        """Send a text message at once; False when it has to wait, or can't be sent."""
        client = self._client
        if client.unsent_bytes >= ROOM_BYTES or self.closed or self.state is not ASGIWebsocketState.CONNECTED:
            return False
        if self.connection.state is not ConnectionState.OPEN:
            return False
        client.write(self.connection.send(TextMessage(text)) if edge_config(self.config).deflate else encoded)
        return True

    async def _handle_events(self) -> None:
        client = self._client
        now = client.scheduler.time()
        if now - self._frames_since >= FRAMES_WITHIN_S:
            self._frames, self._frames_since = 0, now
        for event in self.connection.events():
            client.note_heard()
            self._frames += 1
            if self._frames > MOST_FRAMES:
                await self._report_error(CloseReason.POLICY_VIOLATION)
                return
            match event:
                case Message():
                    await self._append(event)
                case Ping():
                    await self._send_wsproto_event(event.response())
                case CloseConnection():
                    await self._end(event)
            if self._frames % FRAMES_A_TURN == 0:
                await asyncio.sleep(0)
            if self._unreadable or self.closed:
                return

    async def _append(self, message: Message[Any]) -> None:
        try:
            self.buffer.extend(message)
        except FrameTooLargeError:
            await self._report_error(CloseReason.MESSAGE_TOO_BIG)
            return
        if message.message_finished:
            await self._put_event(self.buffer.to_message())
            self.buffer.clear()

    async def _end(self, event: CloseConnection) -> None:
        """Answer the peer's close frame, or report that its frames stopped making sense."""
        if self.connection.state is ConnectionState.OPEN:
            await self._report_error(event.code)
            return
        if self.connection.state is ConnectionState.REMOTE_CLOSING:
            await self._send_wsproto_event(event.response())
        self.closed = True
        self._stop_pings()
        await self._put_event({"type": "websocket.disconnect", "code": int(event.code)})
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _report_error(self, code: int) -> None:
        """Read no more, and tell the app why by an empty message."""
        self._unreadable = True
        self.buffer.clear()
        self._client.receive_error = int(code)
        await self._put_event({"type": "websocket.receive", "bytes": None, "text": None})

    async def _refuse_early_frames(self) -> None:
        """Refuse a handshake whose client sent a frame before the response (RFC 6455 section 4.1), and tell the app."""
        self.closed = True  # before anything is awaited: the app's own response would be a second one
        await self._put_event({"type": "websocket.disconnect", "code": int(CloseReason.ABNORMAL_CLOSURE)})
        await self._send_error_response(HTTPStatus.BAD_REQUEST)

    async def _put_event(self, event: Mapping[str, object]) -> None:
        if self.app_put is not None:
            await self.app_put(event)

    async def _send_error_response(self, status_code: int) -> None:
        answer = edge_config(self.config).refuse(self._handshake_error_status or status_code, self.scope)
        await self.send(Response(stream_id=self.stream_id, status_code=answer.status, headers=answer.headers))
        await self.send(Body(stream_id=self.stream_id, data=answer.body))
        await self.send(EndBody(stream_id=self.stream_id))
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _accept(self, message: WebsocketAcceptEvent) -> None:
        """Answer that the handshake is accepted, and begin to ping; hypercorn's own has a task for the pings."""
        self.state = ASGIWebsocketState.CONNECTED
        status, headers, self.connection = self.handshake.accept(message["subprotocol"], message["headers"])
        await self.send(Response(self.stream_id, headers, status))
        interval_s = self.config.websocket_ping_interval
        if interval_s is not None and not self.closed:
            self._keepalive = Keepalive(self._client, interval_s, self._ping_now)
            self._keepalive.start()

    def _ping_now(self) -> None:
        if self.state is ASGIWebsocketState.CONNECTED and self.connection.state is ConnectionState.OPEN:
            self._client.write(self.connection.send(Ping()))

    def _stop_pings(self) -> None:
        if self._keepalive is not None:
            self._keepalive.stop()
            self._keepalive = None

    @property
    def _client(self) -> ClientConnection:
        client = self._known_client
        if client is None:
            client = self._known_client = connection_of(self.scope)
        if client is None:
            message = "the overrides are not installed"
            raise TypeError(message)
        return client
