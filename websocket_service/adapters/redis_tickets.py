"""Redeems the tickets the gateway has issued."""

import asyncio

from common.clock import Clock
from common.errors.challenges import AuthReason
from common.identity.principal import Principal
from common.identity.tickets import decode_principal, ticket_key
from common.redis_client import RedisClient, redis_failures
from websocket_service import SERVICE_NAME
from websocket_service.live import close_errors

REDEEMED_AT_ONCE = 64
"""How many tickets are asked for at the same time; a rush would need more connections than there are."""


class RedisTickets:
    """Implements :class:`websocket_service.live.ports.Tickets`; ``deadline_s`` includes the wait for a turn."""

    def __init__(self, redis: RedisClient, clock: Clock, *, deadline_s: float) -> None:
        self._redis = redis
        self._clock = clock
        self._deadline_s = deadline_s
        self._turns = asyncio.Semaphore(REDEEMED_AT_ONCE)

    async def redeem(self, ticket: str) -> Principal:
        """Return the caller the ticket stands for, once; see the port."""
        try:
            key = ticket_key(ticket)
        except ValueError:
            raise _unknown() from None
        async with (
            redis_failures(service=SERVICE_NAME, operation="redeem_ticket", deadline_s=self._deadline_s),
            self._turns,
        ):
            record = await self._redis.getdel(key)
        if not isinstance(record, bytes):
            raise _unknown()
        principal = decode_principal(record)
        if principal.expires_at <= self._clock.now():
            raise close_errors.token_expired()
        return principal


def _unknown() -> Exception:
    return close_errors.unauthenticated(AuthReason.TOKEN_INVALID, "The ticket is unknown, used or has lapsed.")
