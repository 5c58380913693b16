"""A boundary around apps that do one thing."""

from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope

from common.errors.quart_handlers import Registration
from common.web.middleware.edge import Boundary
from common.web.serving.drain import DrainState
from tests.fakes.exchange_observer import FakeExchangeObserver
from tests.support.web_app import ALLOWED, SERVICE


async def answering(_scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer 200 with two bytes."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})


async def accepting(_scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Accept a socket, send one message and close."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    await send({"type": "websocket.send", "bytes": None, "text": "hello"})
    await send({"type": "websocket.close", "code": 1012, "reason": ""})


def raising(error: BaseException) -> ASGIFramework:
    """Return an app that raises ``error`` before it answers."""

    async def app(_scope: Scope, _receive: ASGIReceiveCallable, _send: ASGISendCallable) -> None:
        raise error

    return app


def bounded(app: ASGIFramework, *, drain: DrainState | None = None) -> tuple[Boundary, FakeExchangeObserver]:
    """Return a boundary around ``app`` and what observes it."""
    observer = FakeExchangeObserver()
    boundary = Boundary(
        app,
        answering=Registration(SERVICE, None),
        drain=drain or DrainState(),
        observers=[observer],
        allowed=ALLOWED,
        always_served=frozenset({"/livez"}),
    )
    return boundary, observer
