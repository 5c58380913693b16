"""Who is let in, and how the others are told."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from common.identity.principal import Principal, TokenId, UserId
from common.identity.tickets import TICKET_LIFETIME_S, encode_principal, new_ticket, ticket_key
from sandbox.redis_server import RedisServer
from tests.support.feed import PAGE, FeedClient, FeedProcess, Publisher, running_feed, token_for
from tests.support.raw_http import ask, connected
from tests.support.raw_websocket import CLOSE, Frame, handshake, read_frame
from tests.support.servers import unique

OVERLOADED = 1013
RUSH = 200
"""Twice as many as there are connections to Redis, and few enough for a busy machine."""


async def refusal_of(url: str, origin: str | None = None) -> tuple[int, dict[str, object]]:
    """Return status and body with which a handshake was refused."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, origin=None if origin is None else Origin(origin)):
            pass
    response = refused.value.response
    return response.status_code, json.loads(response.body or b"")["error"]


@pytest.mark.parametrize("path", ["/ws", "/ws/"])
async def test_by_subprotocol(feed: FeedProcess, path: str) -> None:
    """A token offered as subprotocol opens the feed; the server selects huleedu.v1 and never the token."""
    async with FeedClient.connected(f"ws://127.0.0.1:{feed.port}{path}", user_id=unique("u")) as client:
        ready = await client.frame()

    assert client.connection.subprotocol == "huleedu.v1"
    assert ready["event"] == "feed.ready"


@pytest.mark.parametrize("path", ["/ws", "/ws/"])
async def test_by_query(feed: FeedProcess, path: str) -> None:
    """Today's dashboard connects with ?token= and gets no subprotocol, no control frame, and its pong."""
    url = f"ws://127.0.0.1:{feed.port}{path}"
    async with FeedClient.connected(url, user_id=unique("u"), legacy=True) as client:
        await client.say({"type": "subscribe"})
        await client.say({"type": "ping"})
        first = await client.frame()

    assert client.connection.subprotocol is None
    assert first == {"event": "feed.pong", "type": "pong", "data": {}}


@pytest.mark.parametrize("path", ["//ws", "/ws//", "/%2Fws", "///ws/"])
async def test_another_path(feed: FeedProcess, path: str) -> None:
    """A path with more slashes is another path, which nothing serves: 404 in the house's body, by whatever protocol."""
    status, error = await refusal_of(f"ws://127.0.0.1:{feed.port}{path}?token={token_for('anna')}")
    plain = await ask(feed.port, f"GET {path} HTTP/1.1")

    assert (status, error["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert (plain.status, plain.error_code) == (404, "RESOURCE_NOT_FOUND")


async def test_by_plain_http(feed: FeedProcess) -> None:
    """Who asks for the feed by plain HTTP is told which protocol it takes (RFC 9110 section 15.5.22)."""
    answer = await ask(feed.port, "GET /ws HTTP/1.1")

    assert (answer.status, answer.error_code) == (426, "UPGRADE_REQUIRED")
    assert answer.headers["upgrade"] == "websocket"
    assert answer.headers["sec-websocket-version"] == "13"


async def test_by_ticket(feed: FeedProcess, platform: Publisher) -> None:
    """A ticket stands for its principal once; the second time it is unknown."""
    ticket, now = new_ticket(), datetime.now(UTC)
    principal = Principal(
        user_id=UserId(unique("u")),
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        token_id=TokenId(unique("jti")),
    )
    await platform.redis.set(ticket_key(ticket), encode_principal(principal), ex=TICKET_LIFETIME_S)

    async with FeedClient.connected(feed.socket_url, token="", query=f"ticket={ticket}") as client:
        ready = await client.frame()
    async with FeedClient.connected(feed.socket_url, token="", query=f"ticket={ticket}") as client:
        again = await client.closure()

    assert ready["event"] == "feed.ready"
    assert (again.code, again.reason["message"]) == (1008, "token_invalid")


@pytest.mark.parametrize(
    ("token", "query", "message"),
    [
        ("", "", "token_missing"),
        ("", "token=", "token_missing"),
        ("garbage", "", "token_invalid"),
        (token_for("anna", lifetime=timedelta(seconds=-60)), "", "token_expired"),
        (token_for("anna"), f"token={token_for('anna')}", "token_invalid"),
        ("", f"token={token_for('anna')}&token={token_for('anna')}", "token_invalid"),
        ("", f"token={token_for('anna')}&ticket=t", "token_invalid"),
        ("", "ticket=never-issued", "token_invalid"),
        ("", f"ticket={'x' * 2000}", "token_invalid"),
    ],
    ids=["none", "empty", "garbage", "expired", "two-ways", "twice", "with-ticket", "unknown-ticket", "long-ticket"],
)
async def test_refused_credential(feed: FeedProcess, token: str, query: str, message: str) -> None:
    """A credential that is missing, bad or not the only one is refused after the accept, with code and JSON reason."""
    async with FeedClient.connected(feed.socket_url, token=token, query=query) as client:
        closure = await client.closure()

    assert closure.code == 1008
    assert closure.reason["message"] == message
    assert closure.reason["error_code"] == "AUTHENTICATION_ERROR"
    assert closure.reason["correlation_id"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://app.example.evil.com", "HTTPS://APP.EXAMPLE"]
)
async def test_foreign_origin(feed: FeedProcess, origin: str) -> None:
    """A page that isn't the dashboard's is refused with 403 in the house's body, whatever it shows."""
    status, error = await refusal_of(f"{feed.socket_url}?token={token_for('anna')}", origin)

    assert status == 403
    assert error["code"] == "AUTHORIZATION_ERROR"
    assert error["service"] == "websocket-service"


@pytest.mark.parametrize("second", [PAGE, "https://evil.example"])
async def test_two_origins(feed: FeedProcess, second: str) -> None:
    """No browser sends two, so whoever does is refused, though the first is the dashboard's."""
    origins = (f"Origin: {PAGE}", f"Origin: {second}")
    async with connected(feed.port) as connection:
        socket = await handshake(connection, "/ws", *origins)
    stream = await ask(feed.port, "\n".join(("GET /events HTTP/1.1", *origins)))

    assert (socket.status, socket.error_code) == (403, "AUTHORIZATION_ERROR")
    assert (stream.status, stream.error_code) == (403, "AUTHORIZATION_ERROR")


async def test_own_origin(feed: FeedProcess) -> None:
    """The dashboard's page gets in."""
    async with FeedClient.connected(feed.socket_url, user_id=unique("u"), origin=PAGE) as client:
        assert (await client.frame())["event"] == "feed.ready"


async def test_too_many_handshakes(valkey: RedisServer, tmp_path: Path) -> None:
    """An address that comes too often in a second is refused with 429 and told when to come back."""
    async with running_feed(tmp_path, valkey.url, options={"WEBSOCKET_HANDSHAKE_RATE": "1"}) as feed:
        statuses = await asyncio.gather(*(status_of(feed.socket_url) for _ in range(20)))

    assert set(statuses) == {101, 429}


@pytest.mark.parametrize(("proxies", "statuses"), [("[]", {101, 429}), ('["127.0.0.0/8"]', {101})])
async def test_behind_a_proxy(valkey: RedisServer, tmp_path: Path, proxies: str, statuses: set[int]) -> None:
    """Schools behind one trusted proxy have each their own limit; a made-up header buys a stranger nothing."""
    options = {"WEBSOCKET_HANDSHAKE_RATE": "1", "TRUSTED_PROXIES": proxies}
    async with running_feed(tmp_path, valkey.url, options=options) as feed:
        handshakes = (status_of(feed.socket_url, f"1.1.1.1, 198.51.100.{school}") for school in range(20))
        seen = set(await asyncio.gather(*handshakes))
    log = feed.log.read_text()

    assert seen == statuses
    assert ('"client":"198.51.100.7"' in log) is (seen == {101})


async def status_of(url: str, forwarded_for: str | None = None) -> int:
    """Return the status of a handshake."""
    headers = {} if forwarded_for is None else {"X-Forwarded-For": forwarded_for}
    try:
        async with connect(url, additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def test_a_rush(feed: FeedProcess) -> None:
    """When hundreds come at once each gets in: at once, or on a slow machine by coming back when it is told to."""
    arrivals = [came_in(feed.port, token_for(unique("u"))) for _ in range(RUSH)]

    assert [json.loads(frame.payload)["event"] for frame in await asyncio.gather(*arrivals)] == ["feed.ready"] * RUSH


async def came_in(port: int, token: str) -> Frame:
    """Return what the feed says first, after as many tries as it asks for."""
    while (frame := await first_frame(port, token)).opcode == CLOSE:
        assert frame.close_code == OVERLOADED
        pause_ms = frame.close_reason["retry_after_ms"]
        assert isinstance(pause_ms, int)
        await asyncio.sleep(pause_ms / 1000)  # as a real client does that a real server sends away
    return frame


async def first_frame(port: int, token: str) -> Frame:
    """Return what the feed says first."""
    async with connected(port) as connection:
        await handshake(connection, "/ws", f"Sec-WebSocket-Protocol: huleedu.v1, bearer.{token}")
        return await read_frame(connection)


async def test_connection_limit(feed: FeedProcess, other_feed: FeedProcess) -> None:
    """The sixth connection of a user, on whichever replica, is closed with 4000; a place given back can be taken."""
    user = unique("u")
    url, other = feed.socket_url, other_feed.socket_url
    async with (
        FeedClient.connected(url, user_id=user) as one,
        FeedClient.connected(url, user_id=user) as two,
        FeedClient.connected(other, user_id=user) as three,
        FeedClient.connected(other, user_id=user) as four,
    ):
        ready = [(await client.frame())["event"] for client in (one, two, three, four)]
        async with FeedClient.connected(other, user_id=user) as five:
            ready.append((await five.frame())["event"])
            async with FeedClient.connected(url, user_id=user) as six:
                closure = await six.closure()

    assert ready == ["feed.ready"] * 5
    assert closure.code == 4000
    assert closure.reason["error_code"] == "CONNECTION_LIMIT"
