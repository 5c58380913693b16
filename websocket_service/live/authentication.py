"""Authenticates clients: the credentials of a handshake, and the providers that make a Principal of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from dishka import FromComponent, Provider, Scope, provide
from quart import Request, Websocket

from common.errors.codes import AuthReason
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenVerifier, bearer_token
from common.web.middleware.request_record import record_user
from common.web.quart_overrides.current import current_websocket
from websocket_service import SERVICE_NAME
from websocket_service.live import close_errors
from websocket_service.live.ports import TicketRedeemer

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
class HandshakeCredentials:
    """Every credential of a handshake, in the order it came: subprotocols, values of ``token`` and of ``ticket``."""

    subprotocols: Sequence[str]
    tokens: Sequence[str]
    tickets: Sequence[str]

    @property
    def subprotocol_tokens(self) -> Sequence[str]:
        """The tokens among the subprotocols."""
        return [name.removeprefix(BEARER_PREFIX) for name in self.subprotocols if name.startswith(BEARER_PREFIX)]

    @property
    def text(self) -> str:
        """All of them in one text; "" when there is none."""
        return "\n".join(value for value in (*self.subprotocol_tokens, *self.tokens, *self.tickets) if value)


def single_credential(handshake: HandshakeCredentials) -> Credential:
    """Return the one credential of a handshake.

    Raises:
        HuleEduError: AUTHENTICATION_ERROR, ``token_missing`` for none, ``token_invalid`` for more than one,
            because the feed doesn't choose between several.
    """
    found: list[Credential] = [
        TokenCredential(token) for token in (*handshake.subprotocol_tokens, *handshake.tokens) if token
    ]
    found += [TicketCredential(ticket) for ticket in handshake.tickets if ticket]
    match found:
        case [credential]:
            return credential
        case []:
            raise close_errors.rejected_credential(
                AuthReason.TOKEN_MISSING, "A connection requires an access token or a ticket."
            )
        case _:
            raise close_errors.rejected_credential(
                AuthReason.TOKEN_INVALID, "A connection takes exactly one credential."
            )


def select_subprotocol(offered: Sequence[str]) -> str | None:
    """Return the subprotocol to select of those offered; never the one that carries a token."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


HTTP = "http"

StreamPrincipal = Annotated[Principal, FromComponent(HTTP)]


class SocketAuthentication(Provider):
    """Makes the Principal of a WebSocket from its subprotocols or its query."""

    @provide(scope=Scope.SESSION)
    async def principal(self, verifier: TokenVerifier, tickets: TicketRedeemer) -> Principal:
        """Return the verified caller; raises HuleEduError as :func:`single_credential`, verifier and tickets do."""
        return await _verify(single_credential(socket_credentials(current_websocket())), verifier, tickets)


def socket_credentials(websocket: Websocket) -> HandshakeCredentials:
    """Return the credentials of a WebSocket's handshake."""
    args = websocket.args
    return HandshakeCredentials(websocket.requested_subprotocols, args.getlist("token"), args.getlist("ticket"))


class StreamAuthentication(Provider):
    """Makes the Principal of an event stream from its Authorization header or its ticket."""

    component = HTTP

    @provide(scope=Scope.REQUEST)
    async def principal(
        self,
        request: Annotated[Request, FromComponent("")],
        verifier: Annotated[TokenVerifier, FromComponent("")],
        tickets: Annotated[TicketRedeemer, FromComponent("")],
    ) -> Principal:
        """Return the verified caller; raises HuleEduError as :class:`SocketAuthentication` and the bearer rules do."""
        offered, values = request.args.getlist("ticket"), request.headers.getlist("Authorization")
        if offered and not values:
            return await _verify(single_credential(HandshakeCredentials((), (), offered)), verifier, tickets)
        token = bearer_token(values, service=SERVICE_NAME)
        return await _verify(single_credential(HandshakeCredentials((), (token,), offered)), verifier, tickets)


async def _verify(credential: Credential, verifier: TokenVerifier, tickets: TicketRedeemer) -> Principal:
    try:
        match credential:
            case TokenCredential(token=token):
                principal = await verifier.verify(token)
            case TicketCredential(ticket=ticket):
                principal = await tickets.redeem(ticket)
    except HuleEduError as refusal:
        failure = close_errors.arrival_error(refusal)
        if failure is refusal:
            raise
        raise failure from refusal
    record_user(principal.user_id)
    return principal
