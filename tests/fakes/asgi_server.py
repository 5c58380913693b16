"""The server's side of one ASGI connection."""

import asyncio
from collections.abc import Sequence

import orjson
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveEvent,
    ASGISendEvent,
    ConnectionState,
    HTTPScope,
    WebsocketScope,
)
from pydantic import JsonValue

RawHeaders = Sequence[tuple[bytes, bytes]]


def http_scope(path: str = "/", *, method: str = "GET", headers: RawHeaders = (), query: bytes = b"") -> HTTPScope:
    """Return the scope of a request, as hypercorn makes it."""
    return {
        "type": "http",
        "asgi": {"spec_version": "2.1", "version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": ConnectionState({}),
        "extensions": {},
    }


def websocket_scope(path: str = "/ws", *, headers: RawHeaders = (), query: bytes = b"") -> WebsocketScope:
    """Return the scope of a handshake."""
    return {
        "type": "websocket",
        "asgi": {"spec_version": "2.3", "version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": ConnectionState({}),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }


class FakeAsgiServer:
    """Hands ``events`` to an app, then waits like a silent client; keeps what the app sends."""

    def __init__(self, *events: ASGIReceiveEvent) -> None:
        self.sent: list[ASGISendEvent] = []
        self._events = list(events)

    @property
    def left(self) -> int:
        """How many events the app has not taken yet."""
        return len(self._events)

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next event; when there is none, never."""
        if self._events:
            return self._events.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: ASGISendEvent) -> None:
        """Keep ``message``."""
        self.sent.append(message)

    async def call(self, app: ASGIFramework, scope: HTTPScope | WebsocketScope) -> None:
        """Have ``app`` serve ``scope``."""
        await app(scope, self.receive, self.send)

    @property
    def status(self) -> int:
        """The status that was sent."""
        status = self._first["status"]
        assert isinstance(status, int)
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The headers that were sent."""
        headers = self._first["headers"]
        assert isinstance(headers, list)
        return dict(headers)

    @property
    def error_code(self) -> JsonValue:
        """The code of the house's error body."""
        bodies = [dict(message).get("body", b"") for message in self.sent]
        code: JsonValue = orjson.loads(b"".join(body for body in bodies if isinstance(body, bytes)))["error"]["code"]
        return code

    @property
    def _first(self) -> dict[str, object]:
        return dict(self.sent[0])


REQUEST: ASGIReceiveEvent = {"type": "http.request", "body": b"", "more_body": False}
CLIENT_LEFT: ASGIReceiveEvent = {"type": "http.disconnect"}
HANDSHAKE: ASGIReceiveEvent = {"type": "websocket.connect"}
