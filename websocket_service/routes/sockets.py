"""``/ws``: the feed over WebSocket (docs/feed.md)."""

from collections.abc import Awaitable, Callable
from functools import wraps

from dishka import AsyncContainer, FromDishka
from quart import Blueprint, g, websocket
from quart_dishka import inject

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.notification_log import UNKNOWN_CURSOR, Cursor
from common.web.hypercorn_overrides.client_connection import connection_of
from websocket_service.live.authentication import SUBPROTOCOL, selected_subprotocol, shown_by
from websocket_service.live.client_messages import Conversation
from websocket_service.live.connections import Feed
from websocket_service.live.handshake_guard import Entrance, RefusalDelays
from websocket_service.live.session import Visit
from websocket_service.protocol.server_frames import Frame

SocketView = Callable[..., Awaitable[None]]

blueprint = Blueprint("sockets", __name__)


@blueprint.before_websocket
async def enter() -> None:
    """Refuse by HTTP status what must not even be accepted."""
    container: AsyncContainer = g.dishka_container
    entrance = await container.get(Entrance)
    entrance.check(websocket.headers, websocket.remote_addr)


def accepted(view: SocketView) -> SocketView:
    """Accept before anything is looked up, so that whatever ``view`` raises reaches the client as code and reason.

    A handshake refused by status reaches a page as nothing but 1006. It stands outside of ``inject``: authentication
    fails in there. ``BoundedWebsocketConnection`` closes for what is raised.
    """

    @wraps(view)
    async def serve() -> None:
        await websocket.accept(subprotocol=selected_subprotocol(websocket.requested_subprotocols))
        try:
            await view()
        except HuleEduError as refusal:
            if refusal.error_code is ErrorCode.AUTHENTICATION_ERROR and not g.get("admitted", default=False):
                await _delay_refusal()
            raise

    return serve


async def _delay_refusal() -> None:
    """Let a client wait that has been refused with the same credential before; see :class:`RefusalDelays`."""
    container: AsyncContainer = g.dishka_container
    shown = shown_by(websocket).text
    if shown:
        await (await container.get(RefusalDelays)).before_refusing(shown)


class QuartTransport:
    """Implements :class:`websocket_service.live.ports.Transport` for the current WebSocket."""

    def __init__(self) -> None:
        self._send = websocket.send
        self._receive = websocket.receive

    async def send(self, frame: Frame) -> None:
        """Write ``frame`` as one text message."""
        await self._send(frame.text)

    async def receive(self) -> str | bytes:
        """Return the next message."""
        return await self._receive()


@blueprint.websocket("/ws")
@accepted
@inject
async def live(
    principal: FromDishka[Principal], feed: FromDishka[Feed], conversation: FromDishka[Conversation]
) -> None:
    """Serve one client; ends by raising what ended it."""
    visit = Visit(
        transport="websocket",
        controls=SUBPROTOCOL in websocket.requested_subprotocols,
        audible=True,
        cursor=cursor_of(websocket.args.get("cursor")),
        wire=connection_of(websocket.scope),
    )
    async with feed.admit(principal, visit) as admission:
        g.admitted = True
        await conversation.hold(admission.session, QuartTransport(), admission.page, admission.welcome)


def cursor_of(text: str | None) -> Cursor | None:
    """Return the cursor a client brought; one that can't be read is answered as unknown, not as none."""
    return None if not text else Cursor.parse(text) or UNKNOWN_CURSOR
