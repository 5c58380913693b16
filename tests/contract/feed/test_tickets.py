"""Tickets in a rush; what every Tickets promises stands with the gateway's, which issues them."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

from common.clock import SystemClock
from common.identity.principal import Principal, TokenId, UserId
from common.identity.tickets import encode_principal, new_ticket, ticket_key
from common.redis_client import MAX_CONNECTIONS, make_redis
from sandbox.redis_server import RedisServer
from tests.support.real_ingest import redis_settings
from websocket_service.adapters.redis_credentials import REDEEMED_AT_ONCE, RedisTicketRedeemer

UNBOUNDED_S = 3600.0
"""No bound of time decides this claim, only pytest's own ends it."""


async def test_more_at_once_than_there_are_connections(valkey: RedisServer) -> None:
    """Each is redeemed, because they take turns: no more connections are made than may redeem at a time."""
    clock, tickets = SystemClock(), [new_ticket() for _ in range(2 * MAX_CONNECTIONS)]
    now = clock.now()
    expires_at = now + timedelta(seconds=UNBOUNDED_S)
    teacher = Principal(user_id=UserId("u"), issued_at=now, expires_at=expires_at, token_id=TokenId("jti"))
    async with aclosing(
        make_redis(f"{valkey.url}?client_name=rush", redis_settings(), connect_within_s=UNBOUNDED_S)
    ) as redis:
        for ticket in tickets:
            await redis.set(ticket_key(ticket), encode_principal(teacher), ex=int(UNBOUNDED_S))
        redeemer = RedisTicketRedeemer(redis, clock, deadline_s=UNBOUNDED_S)

        redeemed = await asyncio.gather(*(redeemer.redeem(ticket) for ticket in tickets))

        made = [client for client in await redis.client_list() if client["name"] == "rush"]
        assert redeemed == [teacher] * len(tickets)
        assert len(made) <= REDEEMED_AT_ONCE
