"""Tickets for the feed, in memory."""

from api_gateway import SERVICE_NAME
from api_gateway.ports import IssuedTicket
from common.clock import Clock
from common.correlation import correlation_id
from common.errors.codes import AuthReason
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_authentication_error
from common.identity.principal import Principal
from common.identity.tickets import new_ticket, ticket_lifetime_s


class FakeTickets:
    """Implements :class:`api_gateway.ports.TicketIssuer`; proven by the contract suite.

    ``issued`` tells for whom each ticket stands. Set ``failure`` to have every issue raise it.
    """

    def __init__(self, clock: Clock) -> None:
        self.issued: dict[str, Principal] = {}
        self.failure: HuleEduError | None = None
        self._clock = clock

    async def issue(self, principal: Principal) -> IssuedTicket:
        """Return a new ticket and remember it."""
        if self.failure is not None:
            raise self.failure
        lifetime_s = ticket_lifetime_s(principal, now=self._clock.now())
        if lifetime_s < 1:
            raise_authentication_error(
                service=SERVICE_NAME,
                operation="issue_ticket",
                message="The token is about to expire.",
                correlation_id=correlation_id(),
                reason=AuthReason.TOKEN_EXPIRED,
            )
        ticket = new_ticket()
        self.issued[ticket] = principal
        return IssuedTicket(ticket, lifetime_s)
