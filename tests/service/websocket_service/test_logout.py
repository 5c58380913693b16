"""What the feed does when the gateway ends an access token, with tokens as the platform's issuer makes them."""

from datetime import UTC, datetime

from pydantic import JsonValue

from api_gateway.adapters.redis_credentials import RedisTokenRevocations
from api_gateway.adapters.revoked_tokens import RevokedTokens
from common.clock import SystemClock
from common.identity.keys import StaticKeys, hmac_key
from common.identity.principal import Principal
from common.identity.tickets import TICKET_LIFETIME_S, encode_principal, new_ticket, ticket_key
from common.identity.verifier import JwtVerifier
from sandbox.secrets import JWT_SECRET
from tests.support.eventually import PATIENCE_S
from tests.support.feed import MINT, FeedClient, FeedProcess, Publisher
from tests.support.servers import unique
from tests.support.signing import AUDIENCE, ISSUER

CLOCK = SystemClock()
VERIFIER = JwtVerifier(
    StaticKeys(hmac_key(JWT_SECRET)),
    algorithms=("HS256",),
    issuer=ISSUER,
    audience=AUDIENCE,
    clock=CLOCK,
    service="test-service",
)


def token_of(user_id: str, *, lifetime_s: int, **claims: JsonValue) -> str:
    """Return a token without ``iat`` and ``jti``; two of one user and one end are the same token."""
    expires_s = int(datetime.now(UTC).timestamp()) + lifetime_s
    issuer: dict[str, JsonValue] = {"iss": ISSUER, "aud": AUDIENCE, "exp": expires_s}
    return MINT.sign({"sub": user_id, "org": None, "roles": ["teacher"], **issuer, **claims})


async def log_out(platform: Publisher, token: str) -> None:
    """Do what the gateway does when Identity has accepted the token's logout."""
    await RedisTokenRevocations(platform.redis, CLOCK, RevokedTokens(), deadline_s=PATIENCE_S).revoke(
        await VERIFIER.verify(token)
    )


async def ticket_for(platform: Publisher, principal: Principal) -> str:
    """Return a ticket as the gateway issues it."""
    ticket = new_ticket()
    await platform.redis.set(ticket_key(ticket), encode_principal(principal), ex=TICKET_LIFETIME_S)
    return ticket


async def ending_of(client: FeedClient) -> tuple[int, object]:
    """Return with which code the socket is closed, and why."""
    closure = await client.closure()
    return closure.code, closure.reason["message"]


async def test_a_logout_ends_what_stands_on_the_token(
    feed: FeedProcess, other_feed: FeedProcess, platform: Publisher
) -> None:
    """On every replica, also what a ticket opened; the user's sockets of another token stay."""
    user = unique("lärare")
    token, other = token_of(user, lifetime_s=3600), token_of(user, lifetime_s=3000)
    ticket = await ticket_for(platform, await VERIFIER.verify(token))
    async with (
        FeedClient.connected(feed.socket_url, token=token) as by_token,
        FeedClient.connected(other_feed.socket_url, token="", query=f"ticket={ticket}") as by_ticket,
        FeedClient.connected(feed.socket_url, token=other) as stays,
    ):
        for client in (by_token, by_ticket, stays):
            await client.frame()

        await log_out(platform, token)
        endings = [await ending_of(client) for client in (by_token, by_ticket)]
        await stays.say({"type": "ping"})

        assert (await stays.frame())["event"] == "feed.pong"
    assert endings == [(1008, "revoked")] * 2


async def test_a_logged_out_token_opens_nothing(feed: FeedProcess, platform: Publisher) -> None:
    """Neither by itself nor by a ticket that was issued before; logging out twice is no fault."""
    token = token_of(unique("u"), lifetime_s=3600)
    ticket = await ticket_for(platform, await VERIFIER.verify(token))
    for _ in range(2):
        await log_out(platform, token)

    async with FeedClient.connected(feed.socket_url, token=token) as client:
        by_token = await ending_of(client)
    async with FeedClient.connected(feed.socket_url, token="", query=f"ticket={ticket}") as client:
        by_ticket = await ending_of(client)

    assert [by_token, by_ticket] == [(1008, "revoked")] * 2


async def test_a_renewed_connection_stands_on_the_new_token(feed: FeedProcess, platform: Publisher) -> None:
    """The end of the token that it was opened with is no matter any more; that of the new one is."""
    user = unique("u")
    first, second = token_of(user, lifetime_s=3000), token_of(user, lifetime_s=3600)
    async with FeedClient.connected(feed.socket_url, token=first) as client:
        await client.frame()
        await client.say({"type": "auth", "token": second})
        await client.say({"type": "ping"})
        renewed = await client.frame()
        await log_out(platform, first)
        await client.say({"type": "ping"})
        goes_on = await client.frame()
        await log_out(platform, second)

        assert await ending_of(client) == (1008, "revoked")
    assert [renewed["event"], goes_on["event"]] == ["feed.pong"] * 2


async def test_a_refresh_token_opens_nothing(feed: FeedProcess) -> None:
    """It has the issuer, audience and key of an access token; its ``typ`` tells."""
    token = token_of(unique("u"), lifetime_s=3600, typ="refresh", jti=unique("jti"))

    async with FeedClient.connected(feed.socket_url, token=token) as client:
        assert await ending_of(client) == (1008, "token_invalid")
