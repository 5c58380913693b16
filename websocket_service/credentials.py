"""What a client shows to prove who it is, and where it may show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors.challenges import AuthReason
from websocket_service import endings

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
            raise endings.unauthenticated(AuthReason.TOKEN_MISSING, "Connecting needs an access token or a ticket.")
        case _:
            raise endings.unauthenticated(AuthReason.TOKEN_INVALID, "Connecting takes one credential, not several.")


def selected_subprotocol(offered: Sequence[str]) -> str | None:
    """Return the subprotocol to select of those offered; never the one that carries a token."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None
