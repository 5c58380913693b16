"""One HTTP request as an ASGI app sees it: its scope, what the app receives, and what becomes of what it sends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote

from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, ConnectionState, HTTPScope

from common.web.http1.request_reader import BodyPart, Http1Request
from common.web.http1.response_encoder import ResponseEncoder, ResponseError
from common.web.hypercorn_overrides.client_connection import ROOM_BYTES, ClientConnection
from common.web.hypercorn_overrides.config import EdgeConfig

Address = tuple[str, int]

HELD_BYTES = 16_384
"""A part of a response that is as large is sent at once, uncopied."""


@dataclass(frozen=True, slots=True)
class ServedConnection:
    """What all requests of one connection share."""

    app: AppWrapper
    config: EdgeConfig
    context: WorkerContext
    tasks: TaskGroup
    state: ConnectionState
    client: Address | None
    server: Address | None


class ResponseSink(Protocol):
    """Where a response goes."""

    @property
    def client(self) -> ClientConnection:
        """The connection to the client."""
        ...

    async def send(self, data: bytes) -> None:
        """Send some of it, waiting for room if need be."""
        ...

    def closes(self) -> bool:
        """Tell whether the connection is to be closed behind it, whatever client and app wish."""
        ...

    async def end_response(self) -> None:
        """Go on behind it."""
        ...


class AsgiRequest:
    """Serves one request through the app."""

    __slots__ = ("_app_put", "_client_left", "_dropped", "_encoder", "_held", "_request", "_served", "_sink")

    def __init__(
        self, request: Http1Request, encoder: ResponseEncoder, served: ServedConnection, sink: ResponseSink
    ) -> None:
        self._request = request
        self._encoder = encoder
        self._served = served
        self._sink = sink
        self._client_left = False
        self._dropped = False
        self._held = b""
        """Of the response, what goes out at the end of this turn of the event loop, with what follows until then."""
        self._app_put: Callable[[ASGIReceiveEvent], Awaitable[None]] | None = None

    async def start(self) -> None:
        """Start the app in a task of its own."""
        served = self._served
        self._app_put = await served.tasks.spawn_app(served.app, served.config, self._scope(), self.send)

    async def put(self, part: BodyPart) -> None:
        """Give the app a part of the body, when it has room for it."""
        if self._app_put is not None:
            await self._app_put({"type": "http.request", "body": part.data, "more_body": not part.is_end})

    async def disconnect(self) -> None:
        """Tell the app that nothing more comes; what it still sends goes to a client that may yet be reading."""
        if not self._client_left:
            self._client_left = True
            if self._app_put is not None:
                await self._app_put({"type": "http.disconnect"})

    def drop_response(self) -> None:
        """Drop what the app still sends, because the request was answered without it."""
        self._flush()
        self._dropped = True

    async def send(self, message: ASGISendEvent | None) -> None:
        """Send a message of the app's; None says that the app has returned."""
        if message is None:
            await self._end_for_app()
        elif not self._dropped:
            await self._send(message)

    async def _send(self, message: ASGISendEvent) -> None:
        encoder = self._encoder
        if message["type"] == "http.response.start" and not encoder.started:
            date, closes = self._served.config.date(), self._sink.closes()
            self._hold(encoder.head(message["status"], message.get("headers", ()), date, closes=closes))
        elif message["type"] == "http.response.body" and encoder.started and not encoder.complete:
            data = encoder.body(message.get("body", b""))
            if message.get("more_body", False):
                await self._write(data)
            else:
                await self._write(data + encoder.end())
                self._flush()
                await self._sink.end_response()
        else:
            text = f"{message['type']} can't be sent now"
            raise ResponseError(text)

    async def _write(self, data: bytes) -> None:
        if len(data) < HELD_BYTES and self._sink.client.unsent_bytes < ROOM_BYTES:
            self._hold(data)
        else:
            self._flush()
            await self._sink.send(data)

    def _hold(self, data: bytes) -> None:
        """Send ``data`` when this turn of the event loop ends: each write is a system call."""
        if not self._held:
            asyncio.get_running_loop().call_soon(self._flush)
        self._held += data
        if len(self._held) >= HELD_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._sink.client.write(self._held)
            self._held = b""

    async def _end_for_app(self) -> None:
        """End the response of an app that has returned without it; one that is cut short ends with the connection."""
        if self._client_left or self._dropped:
            return
        if not self._encoder.started:
            headers = [(b"content-length", b"0")]
            date = self._served.config.date()
            self._hold(self._encoder.head(HTTPStatus.INTERNAL_SERVER_ERROR, headers, date, closes=True))
        self._flush()
        await self._sink.end_response()

    def _scope(self) -> HTTPScope:
        request, served = self._request, self._served
        path, _, query = request.target.partition(b"?")
        return {
            "type": "http",
            "http_version": request.version,
            "asgi": {"spec_version": "2.1", "version": "3.0"},
            "method": request.method,
            "scheme": "http",
            "path": unquote(path.decode()) if b"%" in path else path.decode(),
            "raw_path": path,
            "query_string": query,
            "root_path": served.config.root_path,
            "headers": request.headers,
            "client": served.client,
            "server": served.server,
            "state": ConnectionState(served.state.copy()),
            "extensions": {},
        }
