from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.redis_server import RedisServer
from tests.support.feed import FeedProcess, Publisher, publisher, running_feed


@pytest_asyncio.fixture(scope="package")
async def feed(valkey: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FeedProcess]:
    """A replica over the shared Valkey."""
    async with running_feed(tmp_path_factory.mktemp("feed"), valkey.url) as replica:
        yield replica


@pytest_asyncio.fixture(scope="package")
async def other_feed(valkey: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FeedProcess]:
    """Another replica over the same Valkey."""
    async with running_feed(tmp_path_factory.mktemp("other-feed"), valkey.url) as replica:
        yield replica


@pytest_asyncio.fixture(scope="package")
async def watchful_feed(valkey: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FeedProcess]:
    """A replica that pings often: a client that is to stay must get to answer within 4 s."""
    options = {"WEBSOCKET_PING_INTERVAL": "2", "WEBSOCKET_IDLE_TIMEOUT": "30"}
    async with running_feed(tmp_path_factory.mktemp("watchful"), valkey.url, options=options) as replica:
        yield replica


@pytest_asyncio.fixture(scope="package")
async def platform(valkey: RedisServer) -> AsyncIterator[Publisher]:
    """The platform's services, publishing to the shared Valkey."""
    async with publisher(valkey.url) as services:
        yield services
