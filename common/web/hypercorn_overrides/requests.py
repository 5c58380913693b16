"""HTTP/1.1 on one connection: its requests in turn, what is refused, and the change to WebSocket.

Hypercorn's own answers malformed heads without a body, speaks cleartext HTTP/2 whether asked to or not, takes any HTTP
version and any request target, reads ``get`` as ``GET``, and sends ``100 Continue`` before the app has decided. When
more comes behind a request with ``Connection: close`` it answers that request with 400; behind such an answer, it waits
for ever. It takes a client for one that wants WebSocket only where nothing else is offered beside it. It refuses an
empty line before a request, and believes Host beside a URL that names another.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Protocol

from hypercorn.protocol.events import Body, Data, EndBody, Request, Response, StreamClosed
from hypercorn.protocol.events import Event as SocketEvent

from common.clock import Timeout
from common.web.http1.request_reader import BadRequestError, BodyPart, Http1Request, RequestReader
from common.web.http1.response_encoder import CONTINUE, ResponseEncoder, switch_head
from common.web.hypercorn_overrides.asgi_request import AsgiRequest, ServedConnection
from common.web.hypercorn_overrides.client_connection import LOOK_EVERY_S, ClientConnection
from common.web.hypercorn_overrides.sockets import EdgeSocket
from common.web.middleware.request_head import asks_for_websocket, with_websocket_upgrade

_STREAM_ID = 1

_ABSOLUTE = re.compile(rb"(?i)https?://([^/?#]+)")
_WHOLE_SERVER = b"*"


class Connection(Protocol):
    """The TCP connection below."""

    @property
    def client(self) -> ClientConnection:
        """The connection as the app may use it."""
        ...

    async def send(self, data: bytes) -> None:
        """Send ``data``, waiting for room if need be."""
        ...

    def note_request(self) -> None:
        """Take note that a request has come."""
        ...

    def note_idle(self) -> None:
        """Take note that the connection waits for its next request."""
        ...

    def linger(self) -> None:
        """Shut our side, and give the client time to close its own."""
        ...


class EdgeRequests:
    """Serves the requests of one connection, one at a time."""

    def __init__(self, connection: Connection, served: ServedConnection) -> None:
        self._connection = connection
        self._served = served
        self._reader = RequestReader(served.config.h11_max_incomplete_size)
        self._requests = 0
        self._encoder: ResponseEncoder | None = None
        """Of the request that is being served; None between requests."""
        self._request: AsgiRequest | None = None
        self._socket: EdgeSocket | None = None
        self._is_websocket = False
        self._awaits_continue = False
        self._turn: asyncio.Future[None] | None = None

    def awaits_first_request(self) -> bool:
        """Tell whether the connection has not had a request yet."""
        return self._requests == 0

    def has_partial_head(self) -> bool:
        """Tell whether a part of the next head has arrived."""
        return self._reader.has_partial_head

    def is_websocket(self) -> bool:
        """Tell whether the connection has become a WebSocket's."""
        return self._is_websocket

    async def receive(self, data: bytes) -> None:
        """Take in what arrived; returns when there is room for more."""
        if self._is_websocket:
            await self._pass_to_socket(data)
            return
        self._reader.feed(data)
        try:
            await self._serve_what_arrived()
        except BadRequestError as error:
            await self._refuse(error.status)

    async def client_left(self) -> None:
        """Tell what is being served that nothing more comes from the client."""
        request, self._request = self._request, None
        socket, self._socket = self._socket, None
        if request is not None:
            await request.disconnect()
        if socket is not None:
            await socket.handle(StreamClosed(_STREAM_ID))

    async def _serve_what_arrived(self) -> None:
        while True:
            match self._reader.next_event():
                case Http1Request() as request:
                    await self._begin(request)
                case BodyPart() as part:
                    self._awaits_continue = False
                    if self._request is not None:
                        await self._request.put(part)
                case None if self._reader.is_between and self._reader.has_partial_head:
                    await self._wait_for_turn()
                case None:
                    return

    async def _wait_for_turn(self) -> None:
        """Wait until the request before the next one is answered; meanwhile nothing more is read.

        Neither is the end of what the client sends, so that the kernel is asked whether it has left.
        """
        client = self._connection.client
        while self._encoder is not None:
            self._turn = asyncio.get_running_loop().create_future()
            try:
                async with Timeout(client.scheduler, LOOK_EVERY_S):
                    await self._turn
            except TimeoutError:
                if client.peer_has_left():
                    self._reader.take_rest()
                    await self.client_left()
                    return

    async def _begin(self, request: Http1Request) -> None:
        self._connection.note_request()
        self._encoder = ResponseEncoder(request)
        if not _bring_to_origin_form(request):
            raise BadRequestError
        self._requests += 1
        self._awaits_continue = request.expects_continue
        self._connection.client.before_body = self._continue if request.expects_continue else None
        if _asks_for_websocket(request):
            await self._begin_socket(request)
        else:
            self._request = AsgiRequest(request, self._encoder, self._served, self)
            await self._request.start()
        await self._served.context.mark_request()

    async def _begin_socket(self, request: Http1Request) -> None:
        served = self._served
        self._is_websocket = True
        rest = self._reader.take_rest()
        self._socket = EdgeSocket(
            served.app,
            served.config,
            served.context,
            served.tasks,
            ssl=False,
            client=served.client,
            server=served.server,
            send=self._send_for_socket,
            stream_id=_STREAM_ID,
        )
        headers = with_websocket_upgrade(request.headers)
        await self._socket.handle(
            Request(_STREAM_ID, headers, request.version, request.method, request.target, served.state)
        )
        if rest:
            await self._pass_to_socket(rest)

    async def _pass_to_socket(self, data: bytes) -> None:
        if self._socket is not None:
            await self._socket.handle(Data(_STREAM_ID, data))

    @property
    def client(self) -> ClientConnection:
        """The connection as the app may use it."""
        return self._connection.client

    async def send(self, data: bytes) -> None:
        """Send a part of the response to the request that is being served."""
        await self._connection.send(data)

    def closes(self) -> bool:
        """Tell whether the connection has served enough requests."""
        return self._requests >= self._served.config.keep_alive_max_requests

    async def end_response(self) -> None:
        """Go on to the next request, or close, because the app has nothing more to say about this one."""
        encoder, self._encoder = self._encoder, None
        await self.client_left()
        may_go_on = encoder is not None and encoder.keeps_connection and self._reader.is_between
        if may_go_on and not self._served.context.terminated.is_set():
            self._reader.start_next()
            self._connection.note_idle()
        else:
            self._end()
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    def _end(self) -> None:
        self._reader.take_rest()
        self._connection.linger()

    async def _refuse(self, status: int) -> None:
        """Answer the head with ``status`` if it is not answered yet, end whatever serves it, and close."""
        encoder = self._encoder or ResponseEncoder(None)
        config = self._served.config
        if self._request is not None:
            self._request.drop_response()
        if not encoder.started:
            answer = config.refuse(status, None)
            head = encoder.head(answer.status, answer.headers, config.date(), closes=True)
            await self._connection.send(head + encoder.body(answer.body) + encoder.end())
        await self.client_left()
        self._end()

    async def _continue(self) -> None:
        if self._awaits_continue and self._encoder is not None and not self._encoder.started:
            self._awaits_continue = False
            await self._connection.send(CONTINUE)

    async def _send_for_socket(self, event: SocketEvent) -> None:
        """Do what the WebSocket asks: answer the handshake, send frames, end."""
        encoder = self._encoder
        match event:
            case Response(status_code=HTTPStatus.SWITCHING_PROTOCOLS):
                self._encoder = None  # and with it the head
                await self._connection.send(switch_head(event.headers, self._served.config.date()))
            case Response() if encoder is not None:
                head = encoder.head(event.status_code, event.headers, self._served.config.date(), closes=True)
                await self._connection.send(head)
            case Body() if encoder is not None:
                await self._connection.send(encoder.body(event.data))
            case EndBody() if encoder is not None:
                await self._connection.send(encoder.end())
            case Data():
                await self._connection.send(event.data)
            case StreamClosed():
                await self.client_left()
                self._end()


def _asks_for_websocket(request: Http1Request) -> bool:
    """Tell whether the client would speak WebSocket; in HTTP/1.0 a wish to upgrade is ignored (RFC 9110 7.8)."""
    if b"upgrade" not in request.fields:
        return False
    if request.version == "1.0":
        request.headers = [pair for pair in request.headers if pair[0] != b"upgrade"]
        return False
    return request.method == "GET" and asks_for_websocket(request.headers)


def _bring_to_origin_form(request: Http1Request) -> bool:
    """Make the target a path and query, or ``*``; False where it can't be (RFC 9112 section 3.2).

    A URL is its path, and its authority takes the place of Host; without a path OPTIONS is about the whole server. A
    fragment is no part of either, and those who meet one disagree about where the path ends.
    """
    target = request.target
    if b"#" in target:
        return False
    if target.startswith(b"/") or (target == _WHOLE_SERVER and request.method == "OPTIONS"):
        return True
    url = _ABSOLUTE.match(target)
    if url is None:
        return False
    rest = target[url.end() :]
    if not rest and request.method == "OPTIONS":
        rest = _WHOLE_SERVER
    elif not rest.startswith(b"/"):
        rest = b"/" + rest
    request.target = rest
    request.headers = [(b"host", url[1]), *((name, value) for name, value in request.headers if name != b"host")]
    return True
