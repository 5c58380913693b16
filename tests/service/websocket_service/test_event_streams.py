"""The feed as server-sent events: who is let in, in which form, and how it ends."""

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession

from common.identity.principal import Principal, TokenId, UserId
from common.identity.tickets import TICKET_LIFETIME_S, encode_principal, new_ticket, ticket_key
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.feed import PAGE, FeedClient, FeedProcess, Publisher, StreamClient, running_feed, token_for
from tests.support.servers import unique


async def test_form(feed: FeedProcess, platform: Publisher) -> None:
    """A stream is a text/event-stream nobody stores or buffers; it says how to retry, and gives each event its id."""
    user = unique("u")
    async with StreamClient.connected(feed.socket_url, user_id=user) as client:
        first = await client.response.content.readuntil(b"\n\n")
        cursor = await platform.notify(user, 1)
        raw = await client.response.content.readuntil(b"\n\n")

    assert client.response.status == 200
    assert client.response.headers["Content-Type"].startswith("text/event-stream")
    assert client.response.headers["Cache-Control"] == "no-store"
    assert client.response.headers["Connection"] == "close"
    retry, identifier, ready, *rest = first.decode().split("\n")
    assert (retry, rest) == ("retry: 1000", ["", ""])
    assert identifier == f"id: {json.loads(ready.removeprefix('data: '))['data']['cursor']}"
    payload = f'{{"event":"class_created","data":{{"number":1}},"id":"{cursor}"}}'
    assert raw.decode() == f"id: {cursor}\ndata: {payload}\n\n"


async def test_last_event_id(feed: FeedProcess, platform: Publisher) -> None:
    """What a browser brings back by itself resumes, and wins over the address it first came with."""
    user = unique("u")
    first, second, third = await platform.notify_each(user, range(3))
    headers = {"Authorization": f"Bearer {token_for(user)}", "Last-Event-ID": str(second)}
    async with ClientSession() as session:
        address = f"{feed.http_url}/events?cursor={first}"
        async with session.get(address, headers=headers) as response:
            client = StreamClient(response)
            ready, missed = await client.frames(2)

    assert isinstance(ready["data"], dict)
    assert ready["data"]["outcome"] == "resumed"
    assert missed["id"] == str(third)


async def test_lost_before_the_first_notification(feed: FeedProcess, platform: Publisher) -> None:
    """A client that knows Last-Event-ID alone gets what happened after a stream on which it got nothing but ready."""
    user = unique("u")
    async with StreamClient.connected(feed.socket_url, user_id=user) as client:
        ready = await client.event()
    missed = await platform.notify(user, 1)
    headers = {"Authorization": f"Bearer {token_for(user)}", "Last-Event-ID": ready["id"]}
    async with ClientSession() as session, session.get(f"{feed.http_url}/events", headers=headers) as response:
        again, told_late = await StreamClient(response).frames(2)

    assert isinstance(again["data"], dict)
    assert again["data"]["outcome"] == "resumed"
    assert told_late["id"] == str(missed)


async def test_no_block_is_without_data(watchful_feed: FeedProcess, platform: Publisher) -> None:
    """Clients that take each block for an event, and its data for JSON, get no block that has none."""
    user = unique("u")
    async with StreamClient.connected(watchful_feed.socket_url, user_id=user) as client:
        content = client.response.content
        until_two_beats = await content.readuntil(b": heartbeat\n") + await content.readuntil(b": heartbeat\n")
        await platform.notify(user, 1)
        received = until_two_beats + await content.readuntil(b"\n\n")

    blocks = received.decode().removesuffix("\n\n").split("\n\n")
    assert [sum(line.startswith("data: ") for line in block.split("\n")) for block in blocks] == [1, 1]


async def test_direct_message_over_several_lines(feed: FeedProcess, platform: Publisher) -> None:
    """A message with line breaks between its tokens arrives whole, its text untouched."""
    user = unique("u")
    async with StreamClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()
        await platform.redis.publish(f"ws:{user}", '{"event":\n"e",\r\n"text":"a\u2028b\\n"}')
        raw = await client.response.content.readuntil(b"\n\n")

    lines = [line.removeprefix("data: ") for line in raw.decode().split("\n") if line]
    assert json.loads("\n".join(lines)) == {"event": "e", "text": "a\u2028b\n"}


async def test_by_ticket(feed: FeedProcess, platform: Publisher) -> None:
    """A ticket opens one stream, and not a second."""
    ticket, now = new_ticket(), datetime.now(UTC)
    principal = Principal(
        user_id=UserId(unique("u")),
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        token_id=TokenId(unique("jti")),
    )
    await platform.redis.set(ticket_key(ticket), encode_principal(principal), ex=TICKET_LIFETIME_S)
    address = f"{feed.http_url}/events?ticket={ticket}"
    async with ClientSession() as session, session.get(address) as opened, session.get(address) as refused:
        assert (opened.status, refused.status) == (200, 401)


async def told(response: ClientResponse) -> tuple[int, str]:
    """Return status and code of a refusal."""
    return response.status, (await response.json())["error"]["code"]


@pytest.mark.parametrize(
    ("headers", "query", "refusal"),
    [
        ({}, "", (401, "AUTHENTICATION_ERROR")),
        ({"Authorization": "Bearer nonsense"}, "", (401, "AUTHENTICATION_ERROR")),
        ({"Authorization": "Basic eDp5"}, "", (401, "AUTHENTICATION_ERROR")),
        ({"Authorization": f"Bearer {token_for('anna')}"}, "?ticket=t", (401, "AUTHENTICATION_ERROR")),
        ({}, f"?token={token_for('anna')}", (401, "AUTHENTICATION_ERROR")),
        ({"Origin": "https://evil.example"}, "", (403, "AUTHORIZATION_ERROR")),
        ({"Origin": "null", "Authorization": f"Bearer {token_for('anna')}"}, "", (403, "AUTHORIZATION_ERROR")),
    ],
    ids=["none", "garbage", "basic", "two-ways", "token-in-query", "foreign-page", "null-page"],
)
async def test_refused(feed: FeedProcess, headers: dict[str, str], query: str, refusal: tuple[int, str]) -> None:
    """Refusals are the house's, with a challenge where a credential is missing."""
    async with ClientSession() as session, session.get(f"{feed.http_url}/events{query}", headers=headers) as response:
        assert await told(response) == refusal
        assert ("WWW-Authenticate" in response.headers) == (refusal[0] == 401)
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_the_dashboards_page(feed: FeedProcess) -> None:
    """The dashboard's page may ask and may read the answer, a refusal too."""
    origin = {"Origin": PAGE}
    preflight = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    async with (
        ClientSession() as session,
        session.options(f"{feed.http_url}/events", headers=preflight) as asked,
        session.get(f"{feed.http_url}/events", headers=origin) as refused,
    ):
        assert asked.status == 204
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
        assert "GET" in asked.headers["Access-Control-Allow-Methods"]
        assert refused.status == 401
        assert [answer.headers["Access-Control-Allow-Origin"] for answer in (asked, refused)] == [PAGE, PAGE]
        assert "x-correlation-id" in refused.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "/events", 405), ("GET", "/nothing", 404), ("GET", "/events//?ticket=abc", 404), ("GET", "/readyz", 200)],
)
async def test_whatever_it_asks_the_page_may_read_the_answer(
    feed: FeedProcess, method: str, path: str, status: int
) -> None:
    """Every answer has the edge's headers, also those that no route of the stream makes; nothing redirects."""
    async with (
        ClientSession() as session,
        session.request(method, f"{feed.http_url}{path}", headers={"Origin": PAGE}, allow_redirects=False) as response,
    ):
        assert response.status == status
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert "Origin" in response.headers.getall("Vary")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_refusal_leads_to_no_page_that_isnt_there(feed: FeedProcess) -> None:
    """The catalogue's pages are the gateway's, which may be anywhere: the code must do."""
    problems = {"Accept": "application/problem+json"}
    async with ClientSession() as session, session.get(f"{feed.http_url}/events", headers=problems) as refused:
        problem = await refused.json(content_type=None)

    assert "Link" not in refused.headers
    assert (problem["type"], problem["code"]) == ("about:blank", "AUTHENTICATION_ERROR")


async def test_head_takes_no_place(feed: FeedProcess, platform: Publisher) -> None:
    """HEAD is told what GET would be and opens nothing."""
    user = unique("u")
    headers = {"Authorization": f"Bearer {token_for(user)}"}
    async with ClientSession() as session, session.head(f"{feed.http_url}/events", headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
    assert await platform.redis.zcard(f"feed:{{{user}}}:leases") == 0


async def test_limit_over_both_transports(feed: FeedProcess) -> None:
    """Streams and sockets share the user's places; a refused stream is a 429."""
    user = unique("u")
    url = feed.socket_url
    async with (
        FeedClient.connected(url, user_id=user) as one,
        FeedClient.connected(url, user_id=user) as two,
        StreamClient.connected(url, user_id=user) as three,
        StreamClient.connected(url, user_id=user) as four,
        StreamClient.connected(url, user_id=user) as five,
    ):
        for client in (one, two, three, four, five):
            await client.frame()
        async with StreamClient.connected(url, user_id=user) as six:
            refusal = await told(six.response)

    assert refusal == (429, "CONNECTION_LIMIT")


async def test_a_client_that_leaves(feed: FeedProcess, platform: Publisher) -> None:
    """When a stream's client leaves, its channel and its place are given back."""
    user = unique("u")
    async with StreamClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()

    async def forgotten() -> bool:
        heard = await platform.redis.publish(f"ws:{user}", "{}")
        return heard == 0 and await platform.redis.zcard(f"feed:{{{user}}}:leases") == 0

    await eventually(forgotten)


async def test_revoked(feed: FeedProcess, platform: Publisher) -> None:
    """A revoked stream says why, and ends."""
    user = unique("u")
    async with StreamClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()
        await platform.redis.publish("auth:revocations", json.dumps({"user_id": user}))
        last = await client.frame()

        assert last["event"] == "feed.error"
        assert isinstance(last["data"], dict)
        assert last["data"]["details"] == {"reason": "revoked"}
        with pytest.raises(EOFError):
            await client.frame()


async def test_drained(valkey: RedisServer, tmp_path: Path) -> None:
    """A draining replica tells its streams when to come back, ends them, and exits with 0."""
    async with running_feed(tmp_path, valkey.url) as feed:
        async with StreamClient.connected(feed.socket_url, user_id=unique("u")) as client:
            await client.frame()
            feed.send_signal(signal.SIGTERM)
            drain, last = await client.frames(2)
            with pytest.raises(EOFError):
                await client.frame()
        assert await feed.wait_ended(within_s=PATIENCE_S)

    assert drain == {"event": "feed.drain", "data": {"retry_after_ms": 0}}
    assert last["event"] == "feed.error"
    assert feed.exit_code == 0
