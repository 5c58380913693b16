"""An app whose sockets send back what they get."""

from dataclasses import dataclass, field

from quart import Quart, websocket

from common.web.hypercorn_overrides.client_connection import Wire, wire_of
from tests.support.web_app import prepared_app


@dataclass
class Handlers:
    """What the handlers report."""

    wires: list[Wire] = field(default_factory=list)
    ended: int = 0


def echo_app(handlers: Handlers) -> Quart:
    """Return an app that sends back what it gets."""
    app = prepared_app()

    @app.websocket("/echo")
    async def echo() -> None:
        wire = wire_of(dict(websocket.scope))
        assert wire is not None
        handlers.wires.append(wire)
        await websocket.accept()
        try:
            while True:
                await websocket.send(await websocket.receive())
        finally:
            handlers.ended += 1

    return app
