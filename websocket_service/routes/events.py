"""``/events``: the feed as server-sent events, for networks that break WebSockets (docs/feed.md)."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self
from weakref import finalize

from dishka import FromDishka
from quart import Blueprint, Response, request
from quart.wrappers.response import ResponseBody
from quart_dishka import inject

from common.errors.exceptions import error_object
from common.web.hypercorn_overrides.client_connection import connection_of
from websocket_service.live.authentication import StreamPrincipal
from websocket_service.live.catch_up import Connection
from websocket_service.live.connections import Connections
from websocket_service.live.session import ConnectionRequest
from websocket_service.protocol import server_frames
from websocket_service.protocol.server_frames import encode_event, retry_line
from websocket_service.routes.sockets import check_handshake, parse_cursor

ALLOWED_HEADERS = "Accept, Authorization, Cache-Control, Last-Event-ID, X-Correlation-ID"
METHODS = "GET, HEAD, OPTIONS"

blueprint = Blueprint("events", __name__)


class EventStream(ResponseBody):
    """The body of one stream. Its connection closes with it, also when it is dropped before it was begun."""

    def __init__(self, connection: Connection, connections: Connections) -> None:
        self._connection = connection
        self._writer = connections.writer
        self._client = connection_of(request.scope)
        self._close = finalize(self, connections.close, connection.session)

    async def __aenter__(self) -> Self:
        """Have the session drop the connection below when a write stalls."""
        if self._client is not None:
            self._connection.session.bind(self._client.abort)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._connection.session.unbind()
        self._close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the stream's text; at its end, what ended it."""
        session = self._connection.session
        pause = retry_line(self._connection.retry_after_ms)
        async for frame in self._writer.frames(self._connection):
            yield pause + encode_event(frame)
            pause = b""
        if session.ended_by is not None:
            yield encode_event(server_frames.error(error_object(session.ended_by.error_detail)))


@blueprint.before_request
async def guard_handshake() -> None:
    """Refuse pages and addresses before anything is looked up."""
    await check_handshake(request.headers, request.remote_addr)


@blueprint.route("/events", methods=["OPTIONS"])
async def list_methods() -> Response:
    """Answer with the methods of the stream."""
    return Response(status=204, headers={"Allow": METHODS})


@blueprint.get("/events")
@inject
async def stream(principal: FromDishka[StreamPrincipal], connections: FromDishka[Connections]) -> Response:
    """Serve one client as long as it stays; a HEAD request gets the headers of a GET, and takes no place."""
    cursor = parse_cursor(request.headers.get("Last-Event-ID") or request.args.get("cursor"))
    asked = ConnectionRequest(
        "events", controls=True, bidirectional=False, cursor=cursor, client=connection_of(request.scope)
    )
    # A stream ends when its replica leaves, or its client is to come back elsewhere: over this connection it would come
    # back to the same replica.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Connection": "close"}
    response = Response(content_type="text/event-stream", headers=headers)
    if request.method == "HEAD":
        return response
    response.response = EventStream(await connections.open(principal, asked), connections)
    return response
