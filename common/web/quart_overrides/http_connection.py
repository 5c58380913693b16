"""Serves one HTTP request through Quart, in one task where Quart takes two.

The body is read when the handler wants it. Only when a handler takes its time is a second task started: it reads
ahead a little and notices when the client leaves, which cancels the handler.
"""

import asyncio
from functools import partial

from hypercorn.typing import ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable, ASGISendEvent, HTTPScope
from quart import Quart, Request, Response
from quart.asgi import ASGIHTTPConnection
from quart.typing import ResponseTypes
from quart.wrappers.response import DataBody

from common.clock import Timeout, Timer
from common.errors.exceptions import HuleEduError, record_failure
from common.errors.tracebacks import drop_tracebacks, raise_others
from common.web.hypercorn_overrides.client_connection import LOOK_EVERY_S, connection_of
from common.web.middleware.request_head import raw_header
from common.web.middleware.request_record import outlives_client, record_client_gone, record_facts, record_route
from common.web.quart_overrides.current import begin_serving, end_serving
from common.web.quart_overrides.request_body import BoundedBody, body_limit
from common.web.serving.lifespan import scheduler_of

WATCH_AFTER_S = 0.1
"""How long a handler may run before we begin to watch for a client that leaves."""

BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
"""A request of these methods that announces no body has none; of others a test client may send one unannounced."""


class ClientLeftError(Exception):
    """The client has left; cancels the handler."""


class BackpressureHTTPConnection(ASGIHTTPConnection):
    """Serves one request; ``RESPONSE_TIMEOUT`` and a response's ``timeout`` have no effect.

    A client that stops reading is dropped by the kernel
    (:class:`common.web.serving.server.SocketOptions`, ``unacknowledged_s``).
    """

    def __init__(self, app: Quart, scope: HTTPScope) -> None:
        super().__init__(app, scope)
        self._client = connection_of(scope)
        self._scheduler = scheduler_of(app)
        self._pulling = False
        self._client_left = False
        self._reader: asyncio.Task[None] | None = None
        self._timer: Timer | None = None

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve the request. Its handler is cancelled when the client leaves."""
        request = self._create_request_from_scope(send)
        self._receive = receive
        self._body = _body_of(request)
        self._body.attach(self._pull, partial(body_limit, self.app, request), scheduler=self._scheduler)
        try:
            async with asyncio.TaskGroup() as self._group:
                self._watch_later()
                try:
                    await self.handle_request(request, send)
                finally:
                    self._stop_watching()
        except ExceptionGroup as ended:
            raise_others(ended, ClientLeftError)
        finally:
            self._body.detach()
            self._reader = None  # which knows what it ended by, and so the frame that holds us

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Have Quart answer, and send the answer. What Quart's own handlers let through is raised."""
        begun = begin_serving(self.app, request)
        try:
            response = await self.app.handle_request(request)
        finally:
            end_serving(begun)
            record_route(request)
        if request.routing_exception is not None:
            drop_tracebacks(request.routing_exception)
        if not self._body.complete:
            send = await self._leave_body(response, send)
        await self._send_response(send, response)

    async def _send_response(self, send: ASGISendCallable, response: ResponseTypes) -> None:
        """Send ``response``, a body that is here in one piece; surrogates in its headers as the bytes they stand for.

        A body that fails as the catalogue knows is left unfinished, and logged; other exceptions are raised.

        Quart encodes headers as UTF-8, which surrogates (PEP 383) can't be, and reads each body through a generator.
        """
        if not isinstance(response, Response):
            await super()._send_response(send, response)
            return
        headers = [(name.lower().encode(), value.encode(errors="surrogateescape")) for name, value in response.headers]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        body = response.response
        if isinstance(body, DataBody):
            await send({"type": "http.response.body", "body": body.data[body.begin : body.end], "more_body": False})
            return
        try:
            async with body as chunks:
                async for chunk in chunks:
                    data = chunk.encode() if isinstance(chunk, str) else chunk
                    await send({"type": "http.response.body", "body": data, "more_body": True})
        except HuleEduError as failure:
            # The head has gone, so that only the connection's end can tell the client.
            record_failure(failure)
            record_facts(error_code=str(failure.error_code))
            drop_tracebacks(failure)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _leave_body(self, response: ResponseTypes, send: ASGISendCallable) -> ASGISendCallable:
        """Answer before the body was read to its end.

        What has arrived already is taken in, so that the connection can be kept; if more is to come, it is closed
        after the answer, and what still comes is dropped, or the server would wait for room for ever.
        A client that waits for ``100 Continue`` is spared the sending.
        """
        if not self._client_awaits_continue():
            self._start_reading()
            await asyncio.sleep(0)
            if self._body.complete:
                return send
        response.headers["Connection"] = "close"

        async def discarding(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.body" and not message["more_body"]:
                self._body.discard()
            await send(message)

        return discarding

    async def _pull(self) -> None:
        """Fetch some more of the body; when the client has left, wait to be cancelled."""
        if self._reader is not None:
            await self._body.wait_for_change()
            return
        self._pulling = True
        try:
            message = await self._receive()
        finally:
            self._pulling = False
        if not self._take(message):
            self._cancel_handler()
            await asyncio.Event().wait()

    async def _read(self) -> None:
        """Read ahead until the client leaves."""
        while True:
            await self._wait_until_wanted()
            if not self._take(await self._receive()):
                if outlives_client():
                    return
                raise ClientLeftError

    async def _wait_until_wanted(self) -> None:
        while self._body.is_full:
            try:
                async with Timeout(self._scheduler, LOOK_EVERY_S):
                    await self._body.wait_for_change()
            except TimeoutError:
                if self._client is not None and self._client.peer_has_left():
                    record_client_gone()
                    raise ClientLeftError from None

    def _take(self, message: ASGIReceiveEvent) -> bool:
        """Put a piece of the body into place; False when the client has left instead."""
        if message["type"] != "http.request":
            return False
        self._body.append(message["body"])
        if not message["more_body"]:
            self._body.set_complete()
        return True

    def _watch_later(self) -> None:
        self._timer = self._scheduler.call_later(WATCH_AFTER_S, self._watch)

    def _watch(self) -> None:
        if self._client_awaits_continue() and self._client is not None and self._client.peer_has_left():
            record_client_gone()
            self._cancel_handler()
        elif self._pulling or self._client_awaits_continue():
            self._watch_later()  # the pull will notice a leaving client; reading would tell the client to send
        else:
            self._start_reading()

    def _client_awaits_continue(self) -> bool:
        """Tell whether the client waits for ``100 Continue`` before it sends its body."""
        return self._client is not None and self._client.before_body is not None

    def _start_reading(self) -> None:
        if self._reader is None and not self._client_left:
            self._reader = self._group.create_task(self._read())

    def _cancel_handler(self) -> None:
        """Have the group fail, which cancels the handler; a group that is ending already does so anyway."""
        self._client_left = True
        failure = _raise_client_left()
        try:
            self._group.create_task(failure)
        except RuntimeError:
            failure.close()

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._reader is not None:
            self._reader.cancel()


async def _raise_client_left() -> None:
    raise ClientLeftError


def _body_of(request: Request) -> BoundedBody:
    if not isinstance(request.body, BoundedBody):
        message = "app.request_class must be StrictRequest"
        raise TypeError(message)
    announced = request.content_length or raw_header(request, b"transfer-encoding") is not None
    if request.method in BODILESS and not announced:
        request.body.set_complete()
    return request.body
