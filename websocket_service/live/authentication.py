"""Who connects: the credentials a client may show, and the providers that make a Principal of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from dishka import FromComponent, Provider, Scope, provide
from quart import Request, Websocket

from common.errors.challenges import AuthReason
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenVerifier, bearer_token
from common.web.middleware.request_record import record_user
from websocket_service import SERVICE_NAME
from websocket_service.live import close_errors
from websocket_service.live.close_errors import on_arrival
from websocket_service.live.ports import Tickets

SUBPROTOCOL = "huleedu.v1"
"""The subprotocol whose clients understand control frames; the only one the server ever selects."""

BEARER_PREFIX = "bearer."
"""A subprotocol offered beside it that carries the token, as browsers can set no header."""


@dataclass(frozen=True, slots=True)
class TokenCredential:
    """An access token."""

    token: str


@dataclass(frozen=True, slots=True)
class TicketCredential:
    """A single-use ticket."""

    ticket: str


Credential = TokenCredential | TicketCredential


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a handshake shows, in the order it came: subprotocols, values of ``token`` and of ``ticket``."""

    subprotocols: Sequence[str]
    tokens: Sequence[str]
    tickets: Sequence[str]

    @property
    def carried(self) -> Sequence[str]:
        """The tokens among the subprotocols."""
        return [name.removeprefix(BEARER_PREFIX) for name in self.subprotocols if name.startswith(BEARER_PREFIX)]

    @property
    def text(self) -> str:
        """All that is shown, in one text; "" when nothing is."""
        return "\n".join(shown for shown in (*self.carried, *self.tokens, *self.tickets) if shown)


def credential_of(shown: Shown) -> Credential:
    """Return the one credential of a handshake.

    Raises:
        HuleEduError: AUTHENTICATION_ERROR, ``token_missing`` for none, ``token_invalid`` for more than one: which of
            them counts is nothing to guess about.
    """
    found: list[Credential] = [TokenCredential(token) for token in (*shown.carried, *shown.tokens) if token]
    found += [TicketCredential(ticket) for ticket in shown.tickets if ticket]
    match found:
        case [credential]:
            return credential
        case []:
            raise close_errors.unauthenticated(
                AuthReason.TOKEN_MISSING, "Connecting needs an access token or a ticket."
            )
        case _:
            raise close_errors.unauthenticated(
                AuthReason.TOKEN_INVALID, "Connecting takes one credential, not several."
            )


def selected_subprotocol(offered: Sequence[str]) -> str | None:
    """Return the subprotocol to select of those offered; never the one that carries a token."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


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
        token = bearer_token(values, service=SERVICE_NAME)
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
