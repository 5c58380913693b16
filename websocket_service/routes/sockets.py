"""``/ws``: the feed over WebSocket (docs/feed.md)."""

from collections.abc import Awaitable, Callable
from functools import wraps

from dishka import AsyncContainer, FromDishka
from quart import Blueprint, Websocket, g
from quart_dishka import inject
from werkzeug.datastructures import Headers

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.notification_log import UNKNOWN_CURSOR, Cursor
from common.web.hypercorn_overrides.client_connection import connection_of
from common.web.quart_overrides.current import current_websocket, serving_app, websocket_state
from websocket_service.live.authentication import select_subprotocol, socket_credentials
from websocket_service.live.client_messages import ClientMessages
from websocket_service.live.connections import Connections, serve_connection
from websocket_service.live.handshake_guard import HandshakeGuard, RefusalDelays
from websocket_service.live.ports import ClientConnection
from websocket_service.live.session import ConnectionRequest
from websocket_service.protocol.server_frames import Frame

SocketView = Callable[..., Awaitable[None]]

_GUARD = "websocket_service.handshake_guard"

blueprint = Blueprint("sockets", __name__)


@blueprint.before_websocket
async def guard_handshake() -> None:
    """Refuse pages and addresses by HTTP status, before the handshake is accepted."""
    websocket = current_websocket()
    await check_handshake(websocket.headers, websocket.remote_addr)


async def check_handshake(headers: Headers, peer: str | None) -> None:
    """Return when the client may go on; raises as :meth:`HandshakeGuard.check`.

    The container is asked for the guard once, and not by each handshake.
    """
    extensions = serving_app().extensions
    if _GUARD not in extensions:
        container: AsyncContainer = g.dishka_container
        extensions[_GUARD] = await container.get(HandshakeGuard)
    guard: HandshakeGuard = extensions[_GUARD]
    guard.check(headers, peer)


def accept_first(view: SocketView) -> SocketView:
    """Accept before anything is looked up, so that whatever ``view`` raises reaches the client as code and reason.

    A handshake refused by status reaches a page as nothing but 1006. It stands outside of ``inject``: authentication
    fails in there. ``BoundedWebsocketConnection`` closes for what is raised.
    """

    @wraps(view)
    async def serve() -> None:
        websocket = current_websocket()
        subprotocol = select_subprotocol(websocket.requested_subprotocols)
        await websocket.accept(subprotocol=subprotocol)
        try:
            await view(controls=subprotocol is not None)
        except HuleEduError as refusal:
            if refusal.error_code is ErrorCode.AUTHENTICATION_ERROR and not getattr(
                websocket_state(), "admitted", False
            ):
                await _delay_refusal()
            raise

    return serve


async def _delay_refusal() -> None:
    """Let a client wait that has been refused with the same credential before; see :class:`RefusalDelays`."""
    container: AsyncContainer = g.dishka_container
    if credential := socket_credentials(current_websocket()).text:
        await (await container.get(RefusalDelays)).delay(credential)


class QuartTransport:
    """Implements :class:`websocket_service.live.ports.Transport` for one WebSocket."""

    def __init__(self, client: ClientConnection | None, websocket: Websocket) -> None:
        self._client = client
        self._send = websocket.send
        self._receive = websocket.receive

    async def send(self, frame: Frame) -> None:
        """Write ``frame`` as one text message."""
        if self._client is None or not self._client.send_text(frame.text, frame.websocket):
            await self._send(frame.text)

    async def receive(self) -> str | bytes:
        """Return the next message."""
        return await self._receive()


@blueprint.websocket("/ws")
@accept_first
@inject
async def live(
    principal: FromDishka[Principal],
    connections: FromDishka[Connections],
    messages: FromDishka[ClientMessages],
    *,
    controls: bool,
) -> None:
    """Serve one client, who understands control frames where ``controls``; ends by raising what ended it."""
    websocket = current_websocket()
    request = ConnectionRequest(
        transport="websocket",
        controls=controls,
        bidirectional=True,
        cursor=parse_cursor(websocket.args.get("cursor")),
        client=connection_of(websocket.scope),
    )
    async with connections.admit(principal, request) as connection:
        websocket_state().admitted = True
        await serve_connection(connection, QuartTransport(request.client, websocket), connections.writer, messages)


def parse_cursor(text: str | None) -> Cursor | None:
    """Return the cursor a client brought; text that is none counts as an unknown cursor, not as no cursor."""
    return None if not text else Cursor.parse(text) or UNKNOWN_CURSOR
