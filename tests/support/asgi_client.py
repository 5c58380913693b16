"""A client for an app in the same process that sends exactly what it is told.

Quart's own test client rewrites paths, folds headers and tells no length of its bodies; what a hostile or a streaming
caller does can't be said with it.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

import orjson
from hypercorn.typing import ASGIReceiveEvent, ASGISendEvent, ConnectionState, HTTPScope
from pydantic import JsonValue
from quart import Quart

JSON_TYPE = "application/json"
HOST = "gateway.example"
PEER = ("203.0.113.7", 50000)

HeaderList = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """What came back: ``chunks`` as they came, ``complete`` when the app said that there is no more."""

    status: int = 0
    headers: HeaderList = ()
    chunks: list[bytes] = field(default_factory=list)
    complete: bool = False

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks)

    @property
    def json(self) -> JsonValue:
        """The body as JSON."""
        value: JsonValue = orjson.loads(self.body)
        return value

    @property
    def object(self) -> dict[str, JsonValue]:
        """The body as a JSON object."""
        value = self.json
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> dict[str, JsonValue]:
        """The object under ``error``."""
        error = self.object["error"]
        assert isinstance(error, dict)
        return error

    @property
    def details(self) -> dict[str, JsonValue]:
        """The error's details."""
        details = self.error["details"]
        assert isinstance(details, dict)
        return details

    @property
    def pointers(self) -> list[str]:
        """The pointers of the error's invalid fields."""
        found = self.details.get("field_errors", [])
        assert isinstance(found, list)
        return [str(each["pointer"]) for each in found if isinstance(each, dict)]

    def all(self, name: str) -> list[str]:
        """Return the values of every header called ``name``."""
        return [value for key, value in self.headers if key == name.lower()]

    def header(self, name: str) -> str:
        """Return the one header called ``name``."""
        (value,) = self.all(name)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: its body in ``chunks``, announced by Content-Length unless ``chunked``.

    Surrogates in a header stand for bytes that aren't UTF-8 (PEP 383).

    With ``leaves`` the client goes away once its body is sent; with ``pauses`` it stays and sends no more, nor an end.
    """

    method: str
    target: str
    headers: HeaderList = ()
    chunks: Sequence[bytes] = ()
    chunked: bool = False
    leaves: bool = False
    pauses: bool = False

    def scope(self) -> HTTPScope:
        """Return the ASGI scope as hypercorn makes it."""
        raw_path, _, query = self.target.encode().partition(b"?")
        return {
            "type": "http",
            "asgi": {"spec_version": "2.3", "version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": unquote(raw_path.decode()),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": [
                (name.lower().encode(), value.encode(errors="surrogateescape")) for name, value in self._headers()
            ],
            "client": PEER,
            "server": (HOST, 80),
            "state": ConnectionState({}),
            "extensions": {},
        }

    def _headers(self) -> HeaderList:
        if not self.chunks:
            return [("Host", HOST), *self.headers]
        size = sum(map(len, self.chunks))
        framing = ("Transfer-Encoding", "chunked") if self.chunked else ("Content-Length", str(size))
        return [("Host", HOST), *self.headers, framing]


class AsgiClient:
    """Calls ``app`` without a socket between."""

    def __init__(self, app: Quart) -> None:
        self._app = app

    async def get(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET ``target``."""
        return await self.send(Call(method="GET", target=target, headers=[*(headers or {}).items()]))

    async def send_json(
        self, method: str, target: str, body: object, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send ``body`` as JSON, spelled so that even lone surrogates and huge integers arrive."""
        return await self.send_bytes(
            method, target, to_ascii_json(body), {"Content-Type": JSON_TYPE} | dict(headers or {})
        )

    async def send_bytes(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send ``body`` as it is."""
        chunks = [body] if body else []
        return await self.send(Call(method=method, target=target, headers=[*(headers or {}).items()], chunks=chunks))

    async def send(self, call: Call) -> Answer:
        """Make ``call`` and return what came back."""
        answer = Answer()
        waiting = list(call.chunks) or [b""]
        gone = asyncio.Event()

        async def receive() -> ASGIReceiveEvent:
            if waiting:
                chunk = waiting.pop(0)
                return {"type": "http.request", "body": chunk, "more_body": bool(waiting) or call.pauses}
            if not call.leaves:
                await gone.wait()
            return {"type": "http.disconnect"}

        async def send(event: ASGISendEvent) -> None:
            if event["type"] == "http.response.start":
                answer.status = event["status"]
                answer.headers = [(name.decode().lower(), value.decode("latin-1")) for name, value in event["headers"]]
            elif event["type"] == "http.response.body":
                answer.chunks.append(event["body"])
                answer.complete = not event["more_body"]

        await self._app(call.scope(), receive, send)
        return answer


def to_ascii_json(body: object) -> bytes:
    """Return ``body`` as JSON in ASCII."""
    return json.dumps(body).encode()
