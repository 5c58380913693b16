"""Who connects: the providers that make a Principal, at SESSION scope for a socket and at REQUEST scope for events.

There is no other authentication: a route that takes a Principal is protected. The two live in components of their own
because dishka knows one scope for a type; :data:`StreamPrincipal` is what an HTTP route takes.
"""

from typing import Annotated

from dishka import FromComponent, Provider, Scope, provide
from quart import Request, Websocket

from common.errors.exceptions import HuleEduError
from common.identity.bearer import bearer_token
from common.identity.principal import Principal, TokenVerifier
from common.web.exchange import record_user
from websocket_service.credentials import Credential, Shown, TicketCredential, TokenCredential, credential_of
from websocket_service.endings import SERVICE, on_arrival
from websocket_service.ports import Tickets

HTTP = "http"

StreamPrincipal = Annotated[Principal, FromComponent(HTTP)]


class SocketAuthentication(Provider):
    """Makes the Principal of a WebSocket from its subprotocols or its query."""

    @provide(scope=Scope.SESSION)
    async def principal(self, websocket: Websocket, verifier: TokenVerifier, tickets: Tickets) -> Principal:
        """Return the verified caller; raises HuleEduError as :func:`credential_of`, the verifier and the tickets do."""
        return await _verified(credential_of(shown_by(websocket)), verifier, tickets)


def shown_by(websocket: Websocket) -> Shown:
    """Return what the handshake shows."""
    return Shown(websocket.requested_subprotocols, websocket.args.getlist("token"), websocket.args.getlist("ticket"))


class StreamAuthentication(Provider):
    """Makes the Principal of an event stream from its Authorization header or its ticket."""

    component = HTTP

    @provide(scope=Scope.REQUEST)
    async def principal(
        self,
        request: Annotated[Request, FromComponent("")],
        verifier: Annotated[TokenVerifier, FromComponent("")],
        tickets: Annotated[Tickets, FromComponent("")],
    ) -> Principal:
        """Return the verified caller; raises HuleEduError as :class:`SocketAuthentication` and the bearer rules do."""
        offered, values = request.args.getlist("ticket"), request.headers.getlist("Authorization")
        if offered and not values:
            return await _verified(credential_of(Shown((), (), offered)), verifier, tickets)
        token = bearer_token(values, service=SERVICE)
        return await _verified(credential_of(Shown((), (token,), offered)), verifier, tickets)


async def _verified(credential: Credential, verifier: TokenVerifier, tickets: Tickets) -> Principal:
    try:
        match credential:
            case TokenCredential(token=token):
                principal = await verifier.verify(token)
            case TicketCredential(ticket=ticket):
                principal = await tickets.redeem(ticket)
    except HuleEduError as refusal:
        raise on_arrival(refusal) from refusal
    record_user(principal.user_id)
    return principal
