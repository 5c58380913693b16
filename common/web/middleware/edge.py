"""The ASGI wrappers around Quart: cross-cutting behaviour for every request and socket, even what Quart never sees.

:class:`EdgeMiddleware` binds and returns the correlation id, counts work for the drain, refuses what arrives too late,
answers in the catalogue's format for exceptions that escape Quart, and notifies the observers of each request's end.
:class:`EdgeHeaders` adds the headers that every response carries (docs/gateway.md, rows 17, 18). It wraps the other, so
that a 503 of the drain and a 500 of an escaped exception have them too.
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
from common.errors.quart_handlers import ErrorFormat
from common.web.middleware.cors import AllowedRequests, CorsPolicy, preflight_response
from common.web.middleware.request_head import (
    BAD_HANDSHAKE,
    MALFORMED,
    OTHER_VERSION,
    TOO_LARGE,
    UNKNOWN_CODING,
    UNREAD,
    HeaderError,
    RequestHead,
    read_head,
)
from common.web.middleware.request_record import RequestObserver, RequestRecord, current_record
from common.web.middleware.responses import EdgeResponse, HttpResponseWriter, WebsocketResponseWriter, error_response
from common.web.serving.drain import DrainState, Work

DRAINING = HeaderError(ErrorCode.SERVICE_UNAVAILABLE, "This replica is shutting down.", {"Retry-After": "1"})
"""The client may retry at once, because another replica can answer."""

FAILED = HeaderError(ErrorCode.UNKNOWN_ERROR, "The service failed to answer the request.")

Header = tuple[bytes, bytes]
ServedScope = HTTPScope | WebsocketScope
ResponseWriter = HttpResponseWriter | WebsocketResponseWriter

HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

NOSNIFF = (b"x-content-type-options", b"nosniff")

VARY_ORIGIN = (b"vary", b"Origin")

DEFAULTS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)

_SET_HERE_ALONE = frozenset(
    {b"server", b"strict-transport-security", b"timing-allow-origin", b"x-content-type-options"}
)

_logger = structlog.get_logger(__name__)


class EdgeMiddleware:
    """Wraps ``app.asgi_app``; see :func:`common.web.serving.configure.configure_app`.

    Args:
        app: the ASGI app inside.
        error_format: the service's name and the catalogue's base URL, for errors that the edge itself answers.
        drain: counts the work in flight and decides when new work is refused.
        observers: are notified when a request or socket has ended.
        always_served: paths that are answered even while new work is refused (health and metrics).
        allowed: what pages may send. Every preflight is answered with it, whatever it asks about, during a drain too,
            because a page can read a refusal only if its browser sent the request.
    """

    def __init__(
        self,
        app: ASGIFramework,
        *,
        error_format: ErrorFormat,
        drain: DrainState,
        observers: Sequence[RequestObserver],
        allowed: AllowedRequests,
        always_served: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._allowed = allowed
        self._error_format = error_format
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

    def refuse(self, status: int, scope: Scope | None) -> EdgeResponse:
        """Return the response for a request that the server itself refuses with ``status``, and notify the observers.

        ``scope`` is None when the head could not even be parsed.
        """
        if scope is None or scope["type"] == "lifespan":
            head, record = UNREAD, RequestRecord(self._error_format.service, "http", "-", "-", b"", uuid4())
        else:
            head, record = self._begin_record(scope)
        is_handshake = scope is not None and scope["type"] == "websocket"
        response = self._error_response(
            record, head, _handshake_error(status) if is_handshake else _error_for_status(status)
        )
        record.status = response.status
        self._notify_observers(record)
        return response

    async def _serve_request(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        head, record = self._begin_record(scope)
        await self._serve(scope, head, HttpResponseWriter(record, receive, send, self._drain), Work.REQUEST)

    async def _serve_socket(self, scope: WebsocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        head, record = self._begin_record(scope)
        await self._serve(scope, head, WebsocketResponseWriter(record, receive, send), Work.SOCKET)

    async def _serve(self, scope: ServedScope, head: RequestHead, writer: ResponseWriter, work: Work) -> None:
        task = _current_task()
        self._drain.enter(work, task)
        try:
            await self._run(scope, head, writer)
        finally:
            self._drain.leave(work, task)
            writer.end()
            self._notify_observers(writer.record)

    async def _run(self, scope: ServedScope, head: RequestHead, writer: ResponseWriter) -> None:
        record = writer.record
        bind_correlation_id(record.correlation_id)
        current_record.set(record)
        try:
            if (response := preflight_response(record, head, self._allowed)) is not None:
                await writer.send_response(response)
            elif head.error is not None:
                await writer.send_response(self._error_response(record, head, head.error))
            elif self._drain.refusing and record.path not in self._always_served:
                await writer.send_response(self._error_response(record, head, DRAINING))
            else:
                await self._app(scope, writer.receive, writer.send)
        except asyncio.CancelledError:
            if _current_task().cancelling():
                await self._respond_to_cancelled(head, writer)
                raise
            _logger.exception("boundary.unhandled", method=record.method, route=record.route)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException:
            _logger.exception("boundary.unhandled", method=record.method, route=record.route)
        if not writer.started and not record.client_gone:
            await writer.send_response(self._error_response(record, head, FAILED))

    async def _respond_to_cancelled(self, head: RequestHead, writer: ResponseWriter) -> None:
        """Send a 503 for work that the drain cancelled at its deadline."""
        if self._drain.expired and not writer.started:
            await writer.send_response(self._error_response(writer.record, head, DRAINING))

    def _begin_record(self, scope: ServedScope) -> tuple[RequestHead, RequestRecord]:
        head = read_head(scope)
        method = scope["method"] if scope["type"] == "http" else "GET"
        record = RequestRecord(
            self._error_format.service, scope["type"], method, scope["path"], scope["query_string"], head.correlation_id
        )
        return head, record

    def _error_response(self, record: RequestRecord, head: RequestHead, error: HeaderError) -> EdgeResponse:
        return error_response(error, self._error_format, correlation_id=record.correlation_id, accept=head.accept)

    def _notify_observers(self, record: RequestRecord) -> None:
        for observer in self._observers:
            observer.request_ended(record)


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        message = "an ASGI app is served from within a task"
        raise RuntimeError(message)
    return task


def _handshake_error(status: int) -> HeaderError:
    match status:
        case HTTPStatus.UPGRADE_REQUIRED:
            return OTHER_VERSION
        case HTTPStatus.BAD_REQUEST:
            return BAD_HANDSHAKE
        case _:
            return _error_for_status(status)


def _error_for_status(status: int) -> HeaderError:
    if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return TOO_LARGE
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return UNKNOWN_CODING
    is_clients = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return HeaderError(nearest_code(status), MALFORMED.message, MALFORMED.headers) if is_clients else MALFORMED


class EdgeHeaders:
    """Adds the edge's headers to every HTTP response of ``app``.

    Args:
        app: the ASGI application, :class:`EdgeMiddleware` included.
        cors: which pages may read responses.
        hsts: whether Strict-Transport-Security is sent (outside development).
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

        async def send_with_edge_headers(event: ASGISendEvent) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = self._with_edge_headers(list(event["headers"]), origin)
            await send(event)

        return await self._app(scope, receive, send_with_edge_headers)

    def _with_edge_headers(self, headers: list[Header], origin: bytes | None) -> list[Header]:
        kept = [header for header in headers if header[0].lower() not in _SET_HERE_ALONE]
        names = [name.lower() for name, _ in kept]
        kept += self._always
        kept += [header for header in DEFAULTS if header[0] not in names]
        if origin is not None:
            kept += self._cors.response_headers(origin, names)
        return kept


def _origin(scope: HTTPScope) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == b"origin"), None)
