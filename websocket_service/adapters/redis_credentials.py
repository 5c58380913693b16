"""What Redis knows of credentials: the tickets that the gateway issued, and the tokens that Identity revoked."""

import asyncio
from collections.abc import Sequence
from itertools import chain, islice

from common.clock import Clock
from common.errors.codes import AuthReason
from common.identity.principal import Principal
from common.identity.revocation import is_revoked, revocation_keys
from common.identity.tickets import decode_principal, ticket_key
from common.redis_client import RedisClient, redis_failures
from websocket_service import SERVICE_NAME
from websocket_service.live import close_errors

REDEEMED_AT_ONCE = 64
"""How many tickets are asked for at the same time; a rush would need more connections than there are."""


class RedisTicketRedeemer:
    """Implements :class:`websocket_service.live.ports.TicketRedeemer`; ``deadline_s`` includes the wait for a turn."""

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
            raise _unknown_ticket() from None
        async with (
            redis_failures(service=SERVICE_NAME, operation="redeem_ticket", deadline_s=self._deadline_s),
            self._turns,
        ):
            record = await self._redis.getdel(key)
        if not isinstance(record, bytes):
            raise _unknown_ticket()
        principal = decode_principal(record)
        if principal.expires_at <= self._clock.now():
            raise close_errors.expired_token()
        return principal


def _unknown_ticket() -> Exception:
    return close_errors.rejected_credential(AuthReason.TOKEN_INVALID, "The ticket is unknown, used or expired.")


class RedisRevocations:
    """Implements :class:`websocket_service.live.ports.Revocations` with the platform's keys."""

    def __init__(self, redis: RedisClient, *, deadline_s: float) -> None:
        self._redis = redis
        self._deadline_s = deadline_s

    async def check(self, principal: Principal) -> None:
        """Return when the token still counts; see the port."""
        if any(await self.are_revoked([principal])):
            raise close_errors.revoked_token()

    async def are_revoked(self, principals: Sequence[Principal]) -> Sequence[bool]:
        """Tell of each whether its token counts no longer; see the port."""
        keys = [revocation_keys(principal) for principal in principals]
        # Plain reads in one trip: the keys lie in different slots of a cluster.
        pipeline = self._redis.pipeline(transaction=False)
        for key in chain.from_iterable(keys):
            pipeline.get(key)
        async with redis_failures(service=SERVICE_NAME, operation="check_revocation", deadline_s=self._deadline_s):
            found = iter(await pipeline.execute())
        return [
            is_revoked(principal, *islice(found, len(own))) for principal, own in zip(principals, keys, strict=True)
        ]
