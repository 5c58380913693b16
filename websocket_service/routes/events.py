"""``/events``: the feed as server-sent events, for networks that break WebSockets (docs/feed.md)."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self
from weakref import finalize

from dishka import AsyncContainer, FromDishka
from quart import Blueprint, Response, g, request
from quart.wrappers.response import ResponseBody
from quart_dishka import inject

from common.errors.exceptions import error_object
from common.web.hypercorn_overrides.client_connection import ClientConnection, connection_of
from websocket_service.live.authentication import StreamPrincipal
from websocket_service.live.connections import Admission, Feed
from websocket_service.live.handshake_guard import Entrance
from websocket_service.live.session import Visit
from websocket_service.live.writer import Player
from websocket_service.protocol import server_frames
from websocket_service.protocol.server_frames import event_of, retry_line
from websocket_service.routes.sockets import cursor_of

ALLOWED_HEADERS = "Accept, Authorization, Cache-Control, Last-Event-ID, X-Correlation-ID"
METHODS = "GET, HEAD, OPTIONS"

blueprint = Blueprint("events", __name__)


class Cutoff:
    """Drops the connection at the moment it is set to: what a stalled write of an event stream is ended by."""

    def __init__(self, wire: ClientConnection | None) -> None:
        self._wire = wire
        self._timer: asyncio.TimerHandle | None = None

    def when(self) -> float | None:
        """Return the moment (loop time)."""
        return None if self._timer is None else self._timer.when()

    def reschedule(self, when: float | None) -> None:
        """Set the moment (loop time), or with None call it off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if when is not None and self._wire is not None:
            self._timer = asyncio.get_running_loop().call_at(when, self._wire.abort)


class EventStream(ResponseBody):
    """The body of one stream. Its session ends with it, also when it is dropped before it was begun."""

    def __init__(self, admission: Admission, player: Player, feed: Feed) -> None:
        self._admission = admission
        self._player = player
        self._cutoff = Cutoff(connection_of(request.scope))
        self._leave = finalize(self, feed.leave, admission.session)

    async def __aenter__(self) -> Self:
        """Begin to be bound by the session's end."""
        self._admission.session.bind(self._cutoff)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the feed."""
        self._admission.session.unbind()
        self._cutoff.reschedule(None)
        self._leave()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the stream's text; at its end, what ended it."""
        session, welcome = self._admission.session, self._admission.welcome
        pause = retry_line(welcome.retry_after_ms)
        async for frame in self._player.frames(session, self._admission.page, welcome):
            yield pause + event_of(frame)
            pause = b""
        if session.ended_by is not None:
            yield event_of(server_frames.error(error_object(session.ended_by.error_detail)))


@blueprint.before_request
async def enter() -> None:
    """Refuse pages and addresses before anything is looked up."""
    container: AsyncContainer = g.dishka_container
    entrance = await container.get(Entrance)
    entrance.check(request.headers, request.remote_addr)


@blueprint.route("/events", methods=["OPTIONS"])
async def tell_methods() -> Response:
    """Tell by which methods the stream may be asked for."""
    return Response(status=204, headers={"Allow": METHODS})


@blueprint.get("/events")
@inject
async def stream(
    principal: FromDishka[StreamPrincipal], feed: FromDishka[Feed], player: FromDishka[Player]
) -> Response:
    """Serve one client as long as it stays; a HEAD request is told what a GET would be, and takes no place."""
    brought = request.headers.get("Last-Event-ID") or request.args.get("cursor")
    visit = Visit("events", controls=True, audible=False, cursor=cursor_of(brought), wire=connection_of(request.scope))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = Response(content_type="text/event-stream", headers=headers)
    if request.method == "HEAD":
        return response
    admission = await feed.enter(principal, visit)
    response.response = EventStream(admission, player, feed)
    return response
