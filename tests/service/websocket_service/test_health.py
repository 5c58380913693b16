"""How the feed is, told to those who run it."""

import pytest
from aiohttp import ClientSession
from pydantic import JsonValue

from tests.support.feed import FeedClient, FeedProcess, Publisher
from tests.support.servers import unique


async def asked(feed: FeedProcess, path: str) -> tuple[int, dict[str, JsonValue]]:
    """Return status and body of a health route."""
    async with ClientSession() as session, session.get(f"{feed.http_url}{path}") as response:
        return response.status, await response.json()


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz/redis", "/healthz/websocket"])
async def test_well(feed: FeedProcess, path: str) -> None:
    """A replica with its Redis is well, whether Kafka is there or not."""
    status, body = await asked(feed, path)

    assert status == 200
    assert body["status"] in {"alive", "ready", "healthy"}


async def test_report(feed: FeedProcess) -> None:
    """The whole report names Redis as needed and Kafka as missing: notifications are late, the feed is of use."""
    status, body = await asked(feed, "/healthz")

    assert status == 200
    assert body["service"] == "websocket-service"
    assert body["status"] == "degraded"
    assert body["message"] == "Unhealthy: kafka."
    assert isinstance(body["dependencies"], dict)
    assert set(body["dependencies"]) == {"redis", "kafka", "verification_keys"}


async def test_metrics(feed: FeedProcess, platform: Publisher) -> None:
    """The metrics count what passed, and name nobody."""
    user = unique("somebody")
    async with FeedClient.connected(feed.socket_url, user_id=user) as client:
        await client.frame()
        await platform.notify(user, 1)
        await client.frame()
        async with ClientSession() as session, session.get(f"{feed.http_url}/metrics") as response:
            text = await response.text()

    assert 'feed_sockets{transport="websocket"}' in text
    assert 'feed_relayed_total{kind="logged"}' in text
    assert 'feed_frames_sent_total{kind="live"}' in text
    assert "feed_event_to_socket_seconds_bucket" in text
    assert user not in text
