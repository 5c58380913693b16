"""Gateway and feed over one Redis: what one tells, the other takes up."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from dishka import Provider
from pydantic import JsonValue

from api_gateway import SERVICE_NAME
from api_gateway.schemas.notifications import NotificationPage
from api_gateway.wiring import FeedStateProvider
from common.wiring import LogProvider
from sandbox.redis_server import RedisServer
from sandbox.secrets import JWT_SECRET
from tests.support.asgi_client import Answer, Call
from tests.support.feed import (
    FeedClient,
    FeedProcess,
    Publisher,
    StreamClient,
    numbers_in,
    publisher,
    running_feed,
    token_for,
)
from tests.support.gateway import Gateway, make_gateway


@pytest_asyncio.fixture(scope="module")
async def feed(valkey: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FeedProcess]:
    """A replica of the feed."""
    async with running_feed(tmp_path_factory.mktemp("feed"), valkey.url) as replica:
        yield replica


@pytest_asyncio.fixture
async def platform(valkey: RedisServer) -> AsyncIterator[Publisher]:
    """The platform's services, publishing."""
    async with publisher(valkey.url) as services:
        yield services


def real_feed() -> tuple[Provider, Provider]:
    """Return what has the gateway use the feed's Redis in place of fakes."""
    return LogProvider(SERVICE_NAME), FeedStateProvider()


@pytest_asyncio.fixture
async def edge(valkey: RedisServer) -> AsyncIterator[Gateway]:
    """The gateway over the feed's Redis."""
    gateway = make_gateway(*real_feed(), JWT_SECRET_KEY=JWT_SECRET, API_GATEWAY_REDIS_URL=valkey.url)
    async with gateway.app.test_app():
        yield gateway


@pytest.fixture
def user() -> str:
    """A teacher nobody else is, with a name that isn't ASCII."""
    return f"lärare-{uuid4().hex}"


async def call(edge: Gateway, user: str, method: str, target: str, body: JsonValue = None) -> Answer:
    """Call the gateway as ``user``."""
    headers = {"Authorization": f"Bearer {token_for(user)}"}
    if method == "GET":
        return await edge.client.get(target, headers)
    return await edge.client.send_json(method, target, body, headers)


async def ticket_of(edge: Gateway, user: str) -> str:
    """Return a ticket for ``user``."""
    headers = [("Authorization", f"Bearer {token_for(user)}")]
    answer = await edge.client.send(Call(method="POST", target="/v1/ws/tickets", headers=headers))
    return str(answer.object["ticket"])


async def test_a_ticket_opens_a_socket_of_its_user_once(
    edge: Gateway, feed: FeedProcess, platform: Publisher, user: str
) -> None:
    """The socket gets the user's notifications; the ticket's second use is refused."""
    query = f"ticket={await ticket_of(edge, user)}"

    async with FeedClient.connected(feed.socket_url, token="", query=query) as client:
        ready = await client.frame()
        await platform.notify(user, 1)
        heard = await client.frame()
    async with FeedClient.connected(feed.socket_url, token="", query=query) as again:
        closure = await again.closure()

    assert ready["event"] == "feed.ready"
    assert numbers_in([heard]) == [1]
    assert (closure.code, closure.reason["message"]) == (1008, "token_invalid")


async def test_a_first_page_and_a_socket_join(edge: Gateway, feed: FeedProcess, platform: Publisher, user: str) -> None:
    """What happened between reading the page and opening the socket comes through the socket, and nothing twice."""
    await platform.notify_each(user, range(3))
    page = await call(edge, user, "GET", "/v1/notifications?limit=2")
    await platform.notify_each(user, range(3, 5))

    query = f"cursor={page.object['cursor']}"
    async with FeedClient.connected(feed.socket_url, user_id=user, query=query) as client:
        ready, *missed = await client.frames(3)
        await platform.notify(user, 5)
        live = await client.frame()

    assert isinstance(ready["data"], dict)
    assert ready["data"]["outcome"] == "resumed"
    assert numbers_in([*missed, live]) == [3, 4, 5]


async def test_pages_and_sockets_join_while_notifications_come(
    edge: Gateway, feed: FeedProcess, platform: Publisher, user: str
) -> None:
    """Five page loads amid a steady stream: page and socket together are every notification once, in order."""

    async def load() -> list[JsonValue]:
        page = NotificationPage.model_validate_json((await call(edge, user, "GET", "/v1/notifications")).body)
        async with FeedClient.connected(feed.socket_url, user_id=user, query=f"cursor={page.cursor}") as client:
            await client.frame()
            heard = await client.frames(80 - len(page.items))
        return [*(item.data["number"] for item in page.items), *numbers_in(heard)]

    _, *loads = await asyncio.gather(platform.notify_each(user, range(80)), *(load() for _ in range(5)))

    assert loads == [list(range(80))] * 5


async def test_rest_tells_what_the_socket_told(
    edge: Gateway, feed: FeedProcess, platform: Publisher, user: str
) -> None:
    """Frames are the same on both ways, ids included, and a socket's id is a cursor for REST."""
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        ready = await client.frame()
        await platform.notify_each(user, range(3))
        told = await client.frames(3)

    everything = await call(edge, user, "GET", "/v1/notifications")
    rest = await call(edge, user, "GET", f"/v1/notifications?after={told[0]['id']}")

    assert everything.object["items"] == told
    assert (rest.object["items"], rest.object["outcome"]) == (told[1:], "resumed")
    assert ready["event"] == "feed.ready"


async def test_every_open_connection_hears_of_what_was_seen_by_rest(
    edge: Gateway, feed: FeedProcess, platform: Publisher, user: str
) -> None:
    """Socket and event stream are told the mark and the count."""
    cursors = await platform.notify_each(user, range(3))
    async with (
        FeedClient.connected(feed.socket_url, user_id=user) as socket,
        StreamClient.connected(feed.socket_url, user_id=user) as stream,
    ):
        await socket.frame()
        await stream.frame()

        answer = await call(edge, user, "POST", "/v1/notifications/seen", {"id": str(cursors[1])})
        heard = [await socket.frame(), await stream.frame()]

    assert answer.object == {"cursor": str(cursors[1]), "unread": 1}
    assert heard == [{"event": "feed.seen", "data": answer.object}] * 2


async def test_without_redis_every_route_answers_in_time(user: str) -> None:
    """A Redis that isn't there is 503 CONNECTION_ERROR with a time to come again, and nothing else."""
    gateway = make_gateway(*real_feed(), JWT_SECRET_KEY=JWT_SECRET)
    calls = [
        ("GET", "/v1/notifications"),
        ("GET", "/v1/notifications?after=e:1-0"),
        ("POST", "/v1/notifications/seen"),
        ("POST", "/v1/ws/tickets"),
    ]

    async with gateway.app.test_app():
        answers = [await call(gateway, user, method, target, {"id": "e:1-0"}) for method, target in calls]

    assert {(answer.status, answer.error["code"], answer.header("Retry-After")) for answer in answers} == {
        (503, "CONNECTION_ERROR", "1")
    }
