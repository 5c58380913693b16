"""Credentials in Redis: tickets that the feed redeems, and revocations that the gateway and the feed look up."""

from datetime import timedelta
from math import ceil
from typing import Final

from api_gateway import SERVICE_NAME, fail
from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.ports import IssuedTicket
from common.clock import Clock
from common.errors.codes import AuthReason
from common.identity.principal import CLOCK_LEEWAY_S, Principal
from common.identity.revocation import REVOCATIONS_CHANNEL, Revocation, encode_revocation, revoked_token_key
from common.identity.tickets import encode_principal, new_ticket, ticket_key, ticket_lifetime_s
from common.redis_client import RedisClient, redis_failures

OPERATION: Final = "issue_ticket"
ANSWER_WITHIN_S: Final = 1.0
"""Redis's time for an answer, or for both of a revocation."""


class RedisTickets:
    """Implements :class:`api_gateway.ports.TicketIssuer`; Redis has ``deadline_s`` seconds for an answer."""

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


class RedisTokenRevocations:
    """Implements :class:`api_gateway.ports.TokenRevocations`.

    Args:
        redis: where both services look.
        clock: tells how long a token has left.
        revoked: where the tokens are kept for this replica, which refuses them without Redis too.
        deadline_s: Redis's time for both answers.
    """

    def __init__(
        self, redis: RedisClient, clock: Clock, revoked: RevokedTokens, *, deadline_s: float = ANSWER_WITHIN_S
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._revoked = revoked
        self._deadline_s = deadline_s

    async def revoke(self, principal: Principal) -> None:
        """Write the revocation down, then publish it; see the port.

        In this order, since the feed looks up what was written when it may have missed what was published. The key
        outlives the token by what replicas' clocks may differ.
        """
        left_s = (principal.expires_at - self._clock.now()) / timedelta(seconds=1)
        lifetime_s = max(1, ceil(left_s) + CLOCK_LEEWAY_S)
        self._revoked.add(principal.token_id)
        announcement = encode_revocation(Revocation(principal.user_id, principal.token_id))
        async with redis_failures(service=SERVICE_NAME, operation="revoke_token", deadline_s=self._deadline_s):
            await self._redis.set(revoked_token_key(principal.token_id), b"1", ex=lifetime_s)
            await self._redis.publish(REVOCATIONS_CHANNEL, announcement)
