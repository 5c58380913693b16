"""Turn a healthy service into a slow or failing one, for as many requests as a test needs."""

import asyncio
from collections import deque
from enum import StrEnum

from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)
from pydantic import BaseModel, ConfigDict, Field, JsonValue, NonNegativeInt, PositiveInt

from sandbox.upstreams.listener import Listener

CONTROL_PREFIX = "/_sandbox/"
TRICKLE_PAUSE_S = 0.2
REMEMBERED_REQUESTS = 200


class Failure(StrEnum):
    """What a request meets instead of its answer."""

    NONE = "none"
    INTERNAL_ERROR = "500"
    """500 as the platform's services answer it."""
    BAD_GATEWAY = "502"
    """502 with a page of HTML, as a proxy in between would make it."""
    HANG = "hang"
    """No answer; the connection stays open until the client gives up."""
    RESET = "reset"
    """The connection breaks without an answer."""
    GARBAGE = "garbage"
    """200 that says it is JSON and isn't."""
    TRICKLE = "trickle"
    """The true answer, one byte each 0.2 s."""


class DialSetting(BaseModel):
    """How a service behaves: ``latency_ms`` first, then ``failure``, for the next ``for_next`` requests or always."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_ms: NonNegativeInt = 0
    failure: Failure = Failure.NONE
    for_next: PositiveInt | None = Field(default=None, description="Number of requests; None is until changed.")


HEALTHY = DialSetting()


class Dials:
    """The present setting of one service, and the requests it has lately got."""

    def __init__(self) -> None:
        self.setting = HEALTHY
        self.requests: deque[dict[str, JsonValue]] = deque(maxlen=REMEMBERED_REQUESTS)

    def take(self) -> DialSetting:
        """Return the setting for one request, counting it down."""
        taken = self.setting
        match taken.for_next:
            case 1:
                self.setting = HEALTHY
            case int(left):
                self.setting = taken.model_copy(update={"for_next": left - 1})
        return taken


class DialedApp:
    """Wraps a service's ASGI app; requests under ``/_sandbox/`` always pass.

    Args:
        app: the healthy service.
        dials: what to do to it.
        listener: where its connections come from, to break one.
    """

    def __init__(self, app: ASGIFramework, *, dials: Dials, listener: Listener) -> None:
        self._app = app
        self._dials = dials
        self._listener = listener

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request as the dials say."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        self._dials.requests.append(describe_request(scope))
        setting = self._dials.take()
        await asyncio.sleep(setting.latency_ms / 1000)
        match setting.failure:
            case Failure.NONE:
                await self._app(scope, receive, send)
            case Failure.TRICKLE:
                await self._app(scope, receive, trickling(send))
            case Failure.INTERNAL_ERROR:
                await answer(send, 500, "application/json", b'{"error":"Internal server error"}')
            case Failure.BAD_GATEWAY:
                await answer(send, 502, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>")
            case Failure.GARBAGE:
                await answer(send, 200, "application/json", b'{"batches": [<<<')
            case Failure.HANG:
                await wait_disconnected(receive)
            case Failure.RESET:
                host, port = scope["client"] or ("", 0)
                self._listener.reset((host, port or 0))
                await wait_disconnected(receive)


def describe_request(scope: HTTPScope) -> dict[str, JsonValue]:
    """Return what ``GET /_sandbox/requests`` tells of a request: method, path and query as sent, headers in order."""
    headers: list[JsonValue] = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    return {
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "headers": headers,
    }


async def wait_disconnected(receive: ASGIReceiveCallable) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def answer(send: ASGISendCallable, status: int, content_type: str, body: bytes) -> None:
    """Send a whole answer."""
    headers = [(b"content-type", content_type.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def trickling(send: ASGISendCallable) -> ASGISendCallable:
    """Return a ``send`` that lets bodies through byte by byte."""

    async def send_slowly(event: ASGISendEvent) -> None:
        if event["type"] != "http.response.body":
            await send(event)
            return
        for byte in event["body"]:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(TRICKLE_PAUSE_S)
        await send({"type": "http.response.body", "body": b"", "more_body": event["more_body"]})

    return send_slowly
