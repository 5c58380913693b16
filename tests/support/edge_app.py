"""Edge middleware around apps that do one thing."""

from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope

from common.errors.quart_handlers import ErrorFormat
from common.web.middleware.edge import EdgeMiddleware
from common.web.serving.drain import DrainState
from tests.fakes.request_observer import FakeRequestObserver
from tests.support.web_app import ALLOWED, SERVICE


async def answer_ok(_scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer 200 with two bytes."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})


async def accept_socket(_scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Accept a socket, send one message and close."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    await send({"type": "websocket.send", "bytes": None, "text": "hello"})
    await send({"type": "websocket.close", "code": 1012, "reason": ""})


def raise_in_app(error: BaseException) -> ASGIFramework:
    """Return an app that raises ``error`` before it answers."""

    async def app(_scope: Scope, _receive: ASGIReceiveCallable, _send: ASGISendCallable) -> None:
        raise error

    return app


def make_edge(app: ASGIFramework, *, drain: DrainState | None = None) -> tuple[EdgeMiddleware, FakeRequestObserver]:
    """Return edge middleware around ``app`` and its observer."""
    observer = FakeRequestObserver()
    edge = EdgeMiddleware(
        app,
        error_format=ErrorFormat(SERVICE, None),
        drain=drain or DrainState(),
        observers=[observer],
        allowed=ALLOWED,
        always_served=frozenset({"/livez"}),
    )
    return edge, observer
