"""Tickets for the feed: who gets one, and for how long."""

from datetime import timedelta

from sandbox.tokens import TokenMint
from tests.support.asgi_client import Answer, Call
from tests.support.gateway import ORG, SECRET, USER, Gateway, bearer
from tests.support.gateway_feed import redis_away

ROUTE = "/v1/ws/tickets"


async def ask(gateway: Gateway, *, lifetime: timedelta = timedelta(hours=1)) -> Answer:
    """Ask for a ticket with a token that lives so long."""
    token = TokenMint(SECRET).access_token(USER, org_id=ORG, lifetime=lifetime)
    headers = [("Authorization", f"Bearer {token.encoded}")]
    return await gateway.client.send(Call(method="POST", target=ROUTE, headers=headers))


async def test_a_caller_gets_a_ticket(gateway: Gateway) -> None:
    """201 with the ticket and its seconds, without any body sent; no cache keeps it."""
    answer = await ask(gateway)

    (ticket,) = gateway.feed.tickets.issued
    assert (answer.status, answer.object) == (201, {"ticket": ticket, "expires_in": 30})
    assert answer.header("Cache-Control") == "no-store"


async def test_the_ticket_stands_for_the_caller(gateway: Gateway) -> None:
    """User and organisation are the token's."""
    await ask(gateway)

    (principal,) = gateway.feed.tickets.issued.values()
    assert (principal.user_id, principal.org_id) == (USER, ORG)


async def test_a_ticket_is_shorter_when_the_token_is(gateway: Gateway) -> None:
    """It promises no more seconds than the token has."""
    answer = await ask(gateway, lifetime=timedelta(seconds=12))

    assert 10 <= int(str(answer.object["expires_in"])) <= 12


async def test_each_ticket_is_another(gateway: Gateway) -> None:
    """Two tabs get two tickets."""
    answers = [await ask(gateway), await ask(gateway)]

    assert len({str(answer.object["ticket"]) for answer in answers}) == 2


async def test_without_redis_the_caller_is_told_when_to_come_again(gateway: Gateway) -> None:
    """503 with a time."""
    gateway.feed.tickets.failure = redis_away()

    answer = await ask(gateway)

    assert (answer.status, answer.error["code"]) == (503, "CONNECTION_ERROR")
    assert answer.header("Retry-After") == "1"


async def test_tickets_count_as_requests(gateway: Gateway) -> None:
    """They take from the budget of ordinary requests, not of commands or logins."""
    answer = await gateway.client.send(Call(method="POST", target=ROUTE, headers=[*bearer().items()]))

    assert answer.header("RateLimit-Policy") == '"requests";q=100;w=60'
