"""The ASGI wrappers around Quart: cross-cutting behaviour for every request and socket, even what Quart never sees.

:class:`Boundary` binds the correlation id and echoes it, counts work for the drain, refuses what arrives too late,
answers in the house format for whatever escapes Quart, and tells the observers how each exchange ended.
:class:`EdgeHeaders` adds the headers that every answer carries (docs/gateway.md, rows 17, 18); it wraps the other, so
that a 503 of the drain and a 500 of what escapes Quart have them too.
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from uuid import uuid4

import structlog
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
    WebsocketScope,
)

from common.correlation import bind_correlation_id
from common.errors.catalogue import nearest_code
from common.errors.codes import ErrorCode
from common.errors.quart_handlers import Registration
from common.web.middleware.cors import AllowedRequests, CorsPolicy
from common.web.middleware.request_head import (
    BAD_HANDSHAKE,
    MALFORMED,
    OTHER_VERSION,
    TOO_LARGE,
    UNKNOWN_CODING,
    UNREAD,
    Head,
    HeadFault,
    read_head,
)
from common.web.middleware.request_record import PREFLIGHT, Exchange, ExchangeObserver, current
from common.web.middleware.responses import HttpFlow, Refusal, SocketFlow, refusal
from common.web.serving.drain import DrainState

DRAINING = HeadFault(ErrorCode.SERVICE_UNAVAILABLE, "This replica is shutting down.", {"Retry-After": "1"})
"""Another replica can answer at once."""

FAILED = HeadFault(ErrorCode.UNKNOWN_ERROR, "The service failed to answer the request.")

WHOLE_SERVER = "*"
"""The target of a request that is about no resource in particular."""

Header = tuple[bytes, bytes]

HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

NOSNIFF = (b"x-content-type-options", b"nosniff")

VARY_ORIGIN = (b"vary", b"Origin")

DEFAULTS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)

_OURS_ALONE = frozenset({b"server", b"strict-transport-security", b"timing-allow-origin", b"x-content-type-options"})

_logger = structlog.get_logger(__name__)


class Boundary:
    """Wraps ``app.asgi_app``; see :func:`common.web.serving.configure.prepare_app`.

    Args:
        app: the ASGI app inside.
        answering: who answers: errors are signed and explained as the app's own are.
        drain: counts the work and says when to refuse it.
        observers: are told of each exchange when it is over.
        always_served: paths that are answered even while new work is refused (health and metrics).
        allowed: what pages may send. Every preflight is answered with it, whatever it asks about, during a drain too,
            because a page can read a refusal only if its browser sent the request.
    """

    def __init__(
        self,
        app: ASGIFramework,
        *,
        answering: Registration,
        drain: DrainState,
        observers: Sequence[ExchangeObserver],
        allowed: AllowedRequests,
        always_served: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._allowed = allowed
        self._answering = answering
        self._drain = drain
        self._observers = tuple(observers)
        self._always_served = always_served

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one ASGI connection; lifespan passes untouched."""
        if scope["type"] == "http":
            await self._serve_request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def refuse(self, status: int, scope: Scope | None) -> Refusal:
        """Return the answer for what the server refuses by itself, with ``status``; the observers are told.

        ``scope`` is None when the head could not even be parsed.
        """
        if scope is None or scope["type"] == "lifespan":
            head, exchange = UNREAD, Exchange(self._answering.service, "http", "-", "-", b"", uuid4())
        else:
            head, exchange = self._entered(scope)
        is_handshake = scope is not None and scope["type"] == "websocket"
        answer = self._refusal(exchange, head, _handshake_fault(status) if is_handshake else _fault_for(status))
        exchange.status = answer.status
        self._tell(exchange)
        return answer

    async def _serve_request(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        head, exchange = self._entered(scope)
        flow = HttpFlow(exchange, receive, send, self._drain)
        task = _current_task()
        self._drain.enter_request(task)
        try:
            await self._run(scope, head, flow)
        finally:
            self._drain.leave_request(task)
            flow.end()
            self._tell(exchange)

    async def _serve_socket(self, scope: WebsocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        head, exchange = self._entered(scope)
        flow = SocketFlow(exchange, receive, send)
        task = _current_task()
        self._drain.enter_socket(task)
        try:
            await self._run(scope, head, flow)
        finally:
            self._drain.leave_socket(task)
            flow.end()
            self._tell(exchange)

    async def _run(self, scope: HTTPScope | WebsocketScope, head: Head, flow: HttpFlow | SocketFlow) -> None:
        exchange = flow.exchange
        bind_correlation_id(exchange.correlation_id)
        current.set(exchange)
        try:
            if (answer := self._answer_to_options(exchange, head)) is not None:
                await flow.give(answer)
            elif head.fault is not None:
                await flow.give(self._refusal(exchange, head, head.fault))
            elif self._drain.refusing and exchange.path not in self._always_served:
                await flow.give(self._refusal(exchange, head, DRAINING))
            else:
                await self._app(scope, flow.receive, flow.send)
        except asyncio.CancelledError:
            if _current_task().cancelling():
                await self._answer_cut_off(head, flow)
                raise
            _logger.exception("boundary.unhandled", method=exchange.method, route=exchange.route)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException:
            _logger.exception("boundary.unhandled", method=exchange.method, route=exchange.route)
        if not flow.started and not exchange.client_gone:
            await flow.give(self._refusal(exchange, head, FAILED))

    def _answer_to_options(self, exchange: Exchange, head: Head) -> Refusal | None:
        """Return the answer to a preflight, and to OPTIONS about the whole server (RFC 9110 section 9.3.7)."""
        if head.fault is not None and head.fault is not TOO_LARGE:
            return None
        if head.is_preflight:
            exchange.route = PREFLIGHT
            return Refusal(HTTPStatus.NO_CONTENT, self._allowed.preflight_headers(), b"")
        if exchange.method == "OPTIONS" and exchange.path == WHOLE_SERVER:
            exchange.route = WHOLE_SERVER
            return Refusal(HTTPStatus.NO_CONTENT, [(b"allow", self._allowed.methods.encode())], b"")
        return None

    async def _answer_cut_off(self, head: Head, flow: HttpFlow | SocketFlow) -> None:
        """Answer work that the drain cancelled because its time was up."""
        if self._drain.expired and not flow.started:
            await flow.give(self._refusal(flow.exchange, head, DRAINING))

    def _entered(self, scope: HTTPScope | WebsocketScope) -> tuple[Head, Exchange]:
        head = read_head(scope)
        method = scope["method"] if scope["type"] == "http" else "GET"
        exchange = Exchange(
            self._answering.service, scope["type"], method, scope["path"], scope["query_string"], head.correlation_id
        )
        return head, exchange

    def _refusal(self, exchange: Exchange, head: Head, fault: HeadFault) -> Refusal:
        return refusal(fault, self._answering, correlation_id=exchange.correlation_id, accept=head.accept)

    def _tell(self, exchange: Exchange) -> None:
        for observer in self._observers:
            observer.exchange_ended(exchange)


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        message = "an ASGI app is served from within a task"
        raise RuntimeError(message)
    return task


def _handshake_fault(status: int) -> HeadFault:
    match status:
        case HTTPStatus.UPGRADE_REQUIRED:
            return OTHER_VERSION
        case HTTPStatus.BAD_REQUEST:
            return BAD_HANDSHAKE
        case _:
            return _fault_for(status)


def _fault_for(status: int) -> HeadFault:
    if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return TOO_LARGE
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return UNKNOWN_CODING
    is_clients = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return HeadFault(nearest_code(status), MALFORMED.message, MALFORMED.headers) if is_clients else MALFORMED


class EdgeHeaders:
    """Dresses every HTTP answer of ``app``.

    Args:
        app: the ASGI application, boundary and all.
        cors: which pages may read answers.
        hsts: whether browsers are told to come by TLS only (outside development).
    """

    def __init__(self, app: ASGIFramework, *, cors: CorsPolicy, hsts: bool) -> None:
        self._app = app
        self._cors = cors
        self._always = [NOSNIFF, VARY_ORIGIN, *([HSTS] if hsts else [])]

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        origin = _origin(scope)

        async def send_dressed(event: ASGISendEvent) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = self._dressed(list(event["headers"]), origin)
            await send(event)

        return await self._app(scope, receive, send_dressed)

    def _dressed(self, headers: list[Header], origin: bytes | None) -> list[Header]:
        kept = [header for header in headers if header[0].lower() not in _OURS_ALONE]
        names = [name.lower() for name, _ in kept]
        kept += self._always
        kept += [header for header in DEFAULTS if header[0] not in names]
        if origin is not None:
            kept += self._cors.response_headers(origin, names)
        return kept


def _origin(scope: HTTPScope) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == b"origin"), None)
