"""An app whose sockets send back what they get."""

from dataclasses import dataclass, field

from quart import Quart, websocket

from common.clock import LOOP_SCHEDULER, Scheduler
from common.web.hypercorn_overrides.client_connection import ClientConnection, connection_of
from tests.support.web_app import make_web_app


@dataclass
class Handlers:
    """What the handlers report."""

    clients: list[ClientConnection] = field(default_factory=list)
    ended: int = 0


def echo_app(handlers: Handlers, scheduler: Scheduler = LOOP_SCHEDULER) -> Quart:
    """Return an app that sends back what it gets."""
    app = make_web_app(scheduler=scheduler)

    @app.websocket("/echo")
    async def echo() -> None:
        client = connection_of(dict(websocket.scope))
        assert client is not None
        handlers.clients.append(client)
        await websocket.accept()
        try:
            while True:
                await websocket.send(await websocket.receive())
        finally:
            handlers.ended += 1

    return app
