"""The outermost ASGI wrapper: everything a request or socket owes the house, Quart's doing or not.

It binds the correlation id and echoes it, counts work for the drain, refuses what arrives too late, answers in
the house format for whatever escapes Quart, and tells the observers how each exchange ended.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import structlog
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    HTTPScope,
    Scope,
    WebsocketScope,
)

from common.correlation import bind_correlation_id, parse_correlation_id
from common.errors.codes import AnyErrorCode, ErrorCode
from common.web.answers import HttpAnswer, SocketAnswer
from common.web.drain import DrainState
from common.web.exchange import Exchange, ExchangeObserver, current
from common.web.refusals import Refusal, header, refusal

RETRY_AFTER_DRAIN = {"Retry-After": "1"}

_logger = structlog.get_logger(__name__)


class Boundary:
    """Wraps ``app.asgi_app``; see :func:`common.web.preparation.prepare_app`.

    Args:
        app: the ASGI app inside.
        service: the name errors are signed with.
        drain: counts the work and says when to refuse it.
        observers: are told of each exchange when it is over.
        always_served: paths that are answered even while new work is refused (health and metrics).
    """

    def __init__(
        self,
        app: ASGIFramework,
        *,
        service: str,
        drain: DrainState,
        observers: Sequence[ExchangeObserver],
        always_served: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._service = service
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

    async def _serve_request(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        exchange = _exchange_for(scope, "http", scope["method"])
        answer = HttpAnswer(exchange, send, self._drain)

        async def watched() -> ASGIReceiveEvent:
            message = await receive()
            if message["type"] == "http.disconnect" and not answer.complete:
                exchange.client_gone = True
            return message

        task = _current_task()
        self._drain.enter_request(task)
        try:
            await self._run(scope, watched, answer)
        finally:
            self._drain.leave_request(task)
            answer.end()
            self._tell(exchange)

    async def _serve_socket(self, scope: WebsocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        exchange = _exchange_for(scope, "websocket", "GET")
        answer = SocketAnswer(exchange, send)

        async def watched() -> ASGIReceiveEvent:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                answer.left(message["code"])
            return message

        task = _current_task()
        self._drain.enter_socket(task)
        try:
            await self._run(scope, watched, answer)
        finally:
            self._drain.leave_socket(task)
            answer.end()
            self._tell(exchange)

    async def _run(
        self, scope: HTTPScope | WebsocketScope, receive: ASGIReceiveCallable, answer: HttpAnswer | SocketAnswer
    ) -> None:
        exchange = answer.exchange
        bind_correlation_id(exchange.correlation_id)
        current.set(exchange)
        try:
            if self._drain.refusing and scope["path"] not in self._always_served:
                await self._refuse_late(scope, answer)
                return
            await self._app(scope, receive, answer.send)
        except asyncio.CancelledError:
            if not self._drain.expired or answer.started:
                raise
            await self._refuse_late(scope, answer)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException:
            _logger.exception("boundary.unhandled", method=exchange.method, route=exchange.route)
        if not answer.started and not exchange.client_gone:
            await answer.give(self._refusal(scope, exchange, ErrorCode.UNKNOWN_ERROR, "The request failed."))

    async def _refuse_late(self, scope: HTTPScope | WebsocketScope, answer: HttpAnswer | SocketAnswer) -> None:
        code, message = ErrorCode.SERVICE_UNAVAILABLE, "This replica is shutting down."
        await answer.give(self._refusal(scope, answer.exchange, code, message, RETRY_AFTER_DRAIN))

    def _refusal(
        self,
        scope: HTTPScope | WebsocketScope,
        exchange: Exchange,
        code: AnyErrorCode,
        message: str,
        headers: dict[str, str] | None = None,
    ) -> Refusal:
        return refusal(
            code,
            service=self._service,
            message=message,
            correlation_id=exchange.correlation_id,
            accept=header(scope["headers"], b"accept"),
            headers=headers or {},
        )

    def _tell(self, exchange: Exchange) -> None:
        for observer in self._observers:
            observer.exchange_ended(exchange)


def _exchange_for(scope: HTTPScope | WebsocketScope, kind: str, method: str) -> Exchange:
    given = _given_correlation_id(scope)
    return Exchange(
        "http" if kind == "http" else "websocket",
        method,
        scope["path"],
        scope["query_string"],
        uuid4() if given is None else given,
    )


def _given_correlation_id(scope: HTTPScope | WebsocketScope) -> UUID | None:
    return parse_correlation_id(header(scope["headers"], b"x-correlation-id"))


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        message = "an ASGI app is served from within a task"
        raise RuntimeError(message)
    return task
