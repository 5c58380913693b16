"""Issues tickets by leaving a record in Redis that the feed takes out."""

from typing import Final

from api_gateway import SERVICE_NAME, fail
from api_gateway.ports import IssuedTicket
from common.clock import Clock
from common.errors.codes import AuthReason
from common.identity.principal import Principal
from common.identity.tickets import encode_principal, new_ticket, ticket_key, ticket_lifetime_s
from common.redis_client import RedisClient, redis_failures

OPERATION: Final = "issue_ticket"
ANSWER_WITHIN_S: Final = 1.0
"""Redis's time for an answer."""


class RedisTickets:
    """Implements :class:`api_gateway.ports.Tickets`; Redis has ``deadline_s`` seconds for an answer."""

    def __init__(self, redis: RedisClient, clock: Clock, *, deadline_s: float = ANSWER_WITHIN_S) -> None:
        self._redis = redis
        self._clock = clock
        self._deadline_s = deadline_s

    async def issue(self, principal: Principal) -> IssuedTicket:
        """Return a new ticket; see the port."""
        lifetime_s = ticket_lifetime_s(principal, now=self._clock.now())
        if lifetime_s < 1:
            raise fail.during(OPERATION).unauthenticated(
                AuthReason.TOKEN_EXPIRED, "The access token is about to expire; refresh it first."
            )
        ticket = new_ticket()
        async with redis_failures(service=SERVICE_NAME, operation=OPERATION, deadline_s=self._deadline_s):
            await self._redis.set(ticket_key(ticket), encode_principal(principal), ex=lifetime_s)
        return IssuedTicket(ticket, lifetime_s)
