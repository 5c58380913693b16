"""HTTP/1.1 on one connection: what hypercorn refuses by itself, and what it takes that we don't.

Hypercorn answers malformed heads without a body, speaks cleartext HTTP/2 whether asked to or not, takes any HTTP
version and any request target, reads ``get`` as ``GET``, and sends ``100 Continue`` before the app has decided. When
more comes behind a request with ``Connection: close`` it answers that request with 400; behind such an answer, it waits
for ever. It takes a client for one that wants WebSocket only where nothing else is offered beside it. It refuses an
empty line before a request, and believes Host beside a URL that names another.
"""

import re
from http import HTTPStatus

import h11
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.events import Body, Data, EndBody
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection

from common.web.hypercorn_overrides.client_connection import connection_in
from common.web.hypercorn_overrides.config import EdgeConfig
from common.web.middleware.request_head import asks_for_websocket, with_websocket_upgrade

_ABSOLUTE = re.compile(rb"(?i)https?://([^/?#]+)")
_EMPTY_LINES = re.compile(rb"(?:\r?\n)+")
_WHOLE_SERVER = b"*"
_VERSIONS = frozenset({b"1.0", b"1.1"})


class EdgeRequests(H11Protocol):
    """Hypercorn's HTTP/1.1 with our answers and our limits."""

    def awaits_first_request(self) -> bool:
        """Tell whether the connection has not had a request yet."""
        return self.keep_alive_requests == 0

    def has_partial_head(self) -> bool:
        """Tell whether a part of the next head has arrived."""
        return bool(self.connection.trailing_data[0])

    def is_websocket(self) -> bool:
        """Tell whether the connection has become a WebSocket's."""
        return isinstance(self.connection, H11WSConnection)

    _request_is_last = False
    _answers_head = False

    async def handle(self, event: Event) -> None:
        """Take in what the connection reports; nothing more is read behind a request that said it was the last."""
        if not (self._request_is_last and isinstance(event, RawData)):
            await super().handle(event)

    async def _handle_events(self) -> None:
        while True:
            was_last = self.connection.their_state is h11.MUST_CLOSE
            try:
                event = self._next_event()
            except h11.RemoteProtocolError as error:
                if was_last:
                    self._request_is_last = True
                else:
                    await self._refuse(error.error_status_hint)
                return
            if isinstance(event, h11.Request):
                self._answers_head = event.method == b"HEAD"
                await self.send(Updated(idle=False))
                await self._create_stream(event)
            elif self.stream is None or event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
                return
            elif event is h11.PAUSED:
                await self.can_read.clear()
                await self.can_read.wait()
            elif isinstance(event, h11.Data):
                await self.stream.handle(Body(stream_id=STREAM_ID, data=event.data))
            elif isinstance(event, h11.EndOfMessage):
                await self.stream.handle(EndBody(stream_id=STREAM_ID))
            elif isinstance(event, Data):
                await self.stream.handle(event)

    def _next_event(self) -> h11.Event | Data | type[h11.NEED_DATA | h11.PAUSED]:
        if self.connection.their_state is h11.IDLE and not self._is_at_request_line():
            return h11.NEED_DATA
        return self.connection.next_event()

    def _is_at_request_line(self) -> bool:
        """Skip the empty lines before a request line (RFC 9112 section 2.2); False while half of one has come.

        h11 has no way to drop what it was given, so another of its connections goes on with the rest: between two
        requests it remembers nothing else.
        """
        waiting, _ = self.connection.trailing_data
        empty = _EMPTY_LINES.match(waiting)
        if empty is not None:
            self.connection = h11.Connection(h11.SERVER, max_incomplete_event_size=self.config.h11_max_incomplete_size)
            waiting = waiting[empty.end() :]
            if waiting:
                self.connection.receive_data(waiting)
        return waiting != b"\r"

    async def _create_stream(self, request: h11.Request) -> None:
        addressed = _in_origin_form(request)
        if addressed is None or request.http_version not in _VERSIONS or request.method.upper() != request.method:
            await self._refuse(HTTPStatus.BAD_REQUEST)
            return
        client = connection_in(self.connection_state)
        if client is not None:
            client.before_body = self._continue if self.connection.they_are_waiting_for_100_continue else None
        await super()._create_stream(_with_plain_upgrade(addressed))

    async def _refuse(self, status: int) -> None:
        """Answer the head with ``status`` if it is not answered yet, end whatever serves it, and close."""
        if self.connection.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            await self._send_error_response(status)
        await self._close_stream()
        await self.send(Closed())

    async def _send_error_response(self, status_code: int) -> None:
        answer = edge_config(self.config).refuse(status_code, None)
        headers = [*answer.headers, *self.config.response_headers("h11")]
        # An unreadable head isn't a HEAD request, whatever the request before it was.
        has_body = not (self._answers_head and self.connection.our_state is h11.SEND_RESPONSE)
        await self._send_h11_event(h11.Response(status_code=answer.status, headers=headers))
        if has_body:
            await self._send_h11_event(h11.Data(data=answer.body))
        await self._send_h11_event(h11.EndOfMessage())

    async def _continue(self) -> None:
        if self.connection.they_are_waiting_for_100_continue:
            await self._send_h11_event(h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[]))


def edge_config(config: Config) -> EdgeConfig:
    """Return ``config`` as ours; raises TypeError for hypercorn's own."""
    if not isinstance(config, EdgeConfig):
        message = "the overrides serve under an EdgeConfig only"
        raise TypeError(message)
    return config


def _with_plain_upgrade(request: h11.Request) -> h11.Request:
    """Return ``request``, its wish to upgrade so spelled that hypercorn understands it.

    Hypercorn looks at the last lines of ``Connection`` and ``Upgrade`` alone, for the one word ``websocket``. A wish to
    upgrade in HTTP/1.0 is to be ignored (RFC 9110 section 7.8).
    """
    headers = list(request.headers)
    if request.http_version == b"1.0":
        headers = [pair for pair in headers if pair[0] != b"upgrade"]
    elif asks_for_websocket(headers):
        headers = with_websocket_upgrade(headers)
    else:
        return request  # as nearly all are; h11 would check each header a second time
    return h11.Request(method=request.method, target=request.target, headers=headers, http_version=request.http_version)


def _in_origin_form(request: h11.Request) -> h11.Request | None:
    """Return ``request`` with a path and query as its target, or ``*``; None for any other (RFC 9112 section 3.2).

    A URL is its path, and its authority takes the place of Host; without a path OPTIONS is about the whole server. A
    fragment is no part of either, and those who meet one disagree about where the path ends.
    """
    target = request.target
    if b"#" in target:
        return None
    if target.startswith(b"/") or (target == _WHOLE_SERVER and request.method == b"OPTIONS"):
        return request
    url = _ABSOLUTE.match(target)
    if url is None:
        return None
    rest = target[url.end() :]
    if not rest and request.method == b"OPTIONS":
        rest = _WHOLE_SERVER
    elif not rest.startswith(b"/"):
        rest = b"/" + rest
    headers = [(b"host", url[1]), *((name, value) for name, value in request.headers if name != b"host")]
    return h11.Request(method=request.method, target=rest, headers=headers, http_version=request.http_version)
