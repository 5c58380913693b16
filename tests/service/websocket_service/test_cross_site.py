"""Pages of other sites, and tickets that several connections want at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from common.identity.principal import Principal, TokenId, UserId
from common.identity.tickets import TICKET_LIFETIME_S, encode_principal, new_ticket, ticket_key
from tests.support.feed import PAGE, FeedProcess, Publisher, token_for
from tests.support.raw_http import ask, connected
from tests.support.raw_websocket import CLOSE, handshake, read_frame
from tests.support.servers import unique

FOREIGN = (
    "https://evil.example",
    "http://app.example",
    f"{PAGE}:444",
    f"{PAGE}.",
    f"{PAGE}/",
    f"{PAGE}.evil.example",
    f"{PAGE}@evil.example",
    f"{PAGE}, https://evil.example",
    f"https://evil.example, {PAGE}",
    f"https://evil.example/{PAGE}",
    "https://xapp.example",
    "https://sub.app.example",
    "https://APP.example",
    "//app.example",
    "app.example",
    "null",
    "file://",
    "chrome-extension://abcdefghijklmnop",
    "https://app.example%00.evil.example",
    "https://\u0430pp.example",
    "*",
)
"""What browsers send for pages that aren't the dashboard's, and what somebody could hope is read as it."""

AT_ONCE = 24
BUSY = {"1013", "503"}
CONTROL = "Sec-WebSocket-Protocol: huleedu.v1"
"""Asks for control frames: a socket that is let in is told so."""


async def issued(platform: Publisher) -> str:
    """Return a ticket as the gateway issues it, of a user of its own."""
    ticket, now = new_ticket(), datetime.now(UTC)
    principal = Principal(
        user_id=UserId(unique("u")),
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        token_id=TokenId(unique("jti")),
    )
    await platform.redis.set(ticket_key(ticket), encode_principal(principal), ex=TICKET_LIFETIME_S)
    return ticket


async def entered(feed: FeedProcess, target: str, *lines: str) -> str:
    """Ask for a socket; return "open", the code it is closed with, or the status of the refusal."""
    async with connected(feed.port) as connection:
        answer = await handshake(connection, target, *lines)
        if answer.status != 101:
            return str(answer.status)
        frame = await read_frame(connection)
        return str(frame.close_code) if frame.opcode == CLOSE else "open"


@pytest.mark.parametrize("origin", FOREIGN)
async def test_no_page_of_another_site_gets_in(feed: FeedProcess, platform: Publisher, origin: str) -> None:
    """Not with a good token in the address or among the subprotocols, nor with a good ticket; by neither transport."""
    token, ticket, line = token_for(unique("u")), await issued(platform), f"Origin: {origin}"

    told = [
        await entered(feed, f"/ws?token={token}", line),
        await entered(feed, "/ws", line, f"Sec-WebSocket-Protocol: huleedu.v1, bearer.{token}"),
        await entered(feed, f"/ws?ticket={ticket}", line),
    ]
    stream = await ask(feed.port, f"GET /events?ticket={ticket} HTTP/1.1\n{line}")

    assert told == ["403"] * 3
    assert (stream.status, stream.error_code) == (403, "AUTHORIZATION_ERROR")


async def test_a_refused_page_spends_no_ticket(feed: FeedProcess, platform: Publisher) -> None:
    """Whose ticket another site tried can still use it."""
    ticket = await issued(platform)

    refused = await entered(feed, f"/ws?ticket={ticket}", CONTROL, "Origin: https://evil.example")
    opened = await entered(feed, f"/ws?ticket={ticket}", CONTROL, f"Origin: {PAGE}")

    assert (refused, opened) == ("403", "open")


@pytest.mark.parametrize("name", ["token", "access_token", "ticket", "jwt", "session", "Authorization"])
async def test_cookies_are_no_credential(feed: FeedProcess, name: str) -> None:
    """What a browser adds by itself lets nobody in, so no site can use it (cross-site WebSocket hijacking)."""
    cookie = f"Cookie: {name}={token_for(unique('u'))}"

    socket = await entered(feed, "/ws", f"Origin: {PAGE}", cookie)
    stream = await ask(feed.port, f"GET /events HTTP/1.1\nOrigin: {PAGE}\n{cookie}")

    assert (socket, stream.status) == ("1008", 401)


async def streamed(feed: FeedProcess, target: str) -> str:
    """Ask for an event stream; return "open" or the status of the refusal."""
    async with connected(feed.port) as connection:
        await connection.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        status = (await connection.reader.readline()).split()[1].decode()
        return "open" if status == "200" else status


async def raced(feeds: tuple[FeedProcess, FeedProcess], ticket: str) -> list[str]:
    """Have sockets and event streams of two replicas want one ticket at the same time; return what each got."""
    wants = [
        streamed(feeds[number % 2], f"/events?ticket={ticket}")
        if number % 3 == 0
        else entered(feeds[number % 2], "/ws?ticket=" + ticket, CONTROL)
        for number in range(AT_ONCE)
    ]
    return list(await asyncio.gather(*wants))


async def test_of_many_that_want_a_ticket_one_gets_it(
    feed: FeedProcess, other_feed: FeedProcess, platform: Publisher
) -> None:
    """However they race, on whichever replica and by whichever transport; all others are refused.

    A busy replica may send some away unlooked-at; a race in which none was, has exactly one winner.
    """
    while True:
        outcomes = await raced((feed, other_feed), await issued(platform))
        assert outcomes.count("open") <= 1
        if not BUSY & set(outcomes):
            break

    assert sorted(set(outcomes)) == ["1008", "401", "open"]
    assert outcomes.count("open") == 1
