"""Tickets in a rush; what every Tickets promises stands with the gateway's, which issues them."""

import asyncio
from datetime import timedelta

from redis.asyncio import Redis

from common.clock import SystemClock
from common.identity.principal import Principal, TokenId, UserId
from common.identity.tickets import TICKET_LIFETIME_S, encode_principal, new_ticket, ticket_key
from common.redis_client import MAX_CONNECTIONS
from tests.support.eventually import PATIENCE_S
from websocket_service.adapters.redis_tickets import RedisTickets


async def test_more_at_once_than_there_are_connections(standalone: Redis) -> None:
    """Each is redeemed: they take turns."""
    clock, tickets = SystemClock(), [new_ticket() for _ in range(2 * MAX_CONNECTIONS)]
    now = clock.now()
    expires_at = now + timedelta(hours=1)
    teacher = Principal(user_id=UserId("u"), issued_at=now, expires_at=expires_at, token_id=TokenId("jti"))
    for ticket in tickets:
        await standalone.set(ticket_key(ticket), encode_principal(teacher), ex=TICKET_LIFETIME_S)
    redeemer = RedisTickets(standalone, clock, deadline_s=PATIENCE_S)

    redeemed = await asyncio.gather(*(redeemer.redeem(ticket) for ticket in tickets))

    assert redeemed == [teacher] * len(tickets)
