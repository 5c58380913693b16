"""deploy/nginx/edge.conf where no replica answers: what a page gets then is an error in the one format all the same."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio

from common.errors.codes import ErrorCode
from sandbox.ports import LOOPBACK, free_port
from tests.support.nginx import Proxy, nginx

PAGE = "https://dashboard.huledu.example"
CORRELATION_ID = "7b1a6c1e-0000-4000-8000-000000000000"


@pytest_asyncio.fixture(scope="module")
async def silent() -> AsyncIterator[int]:
    """The port of a server that takes requests and answers none."""
    answering: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: answering.append(writer), LOOPBACK, 0)
    yield server.sockets[0].getsockname()[1]
    for writer in answering:
        writer.close()
    server.close()


@pytest_asyncio.fixture(scope="module")
async def proxy(tmp_path_factory: pytest.TempPathFactory, silent: int) -> AsyncIterator[Proxy]:
    """The gateways answer nothing, and no feed runs."""
    folder: Path = tmp_path_factory.mktemp("nginx")
    feeds = [free_port(), free_port()]
    async with nginx(folder, gateways=[silent, silent], feeds=feeds, read_timeout="100ms") as started:
        yield started


@pytest_asyncio.fixture
async def client(proxy: Proxy) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser's connections."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=proxy.tls)) as session:
        yield session


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_silent_gateway_is_a_timeout(proxy: Proxy, client: aiohttp.ClientSession, method: str) -> None:
    """With the page's own correlation id, readable by the page."""
    said = {"Origin": PAGE, "X-Correlation-ID": CORRELATION_ID}
    async with client.request(method, f"{proxy.gateway}/v1/batches", headers=said) as answer:
        error = (await answer.json())["error"]

    assert answer.status == 504
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["X-Correlation-ID"] == error["correlation_id"] == CORRELATION_ID
    assert answer.headers["X-Error-Code"] == error["code"] == ErrorCode.TIMEOUT


async def test_an_absent_feed_is_told(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    """With a correlation id of nginx's where the page has sent none."""
    async with client.get(proxy.events, headers={"Origin": PAGE}) as answer:
        error = (await answer.json())["error"]

    assert answer.status == 502
    assert error.keys() == {"code", "message", "correlation_id", "service", "timestamp", "details"}
    assert error["code"] == ErrorCode.EXTERNAL_SERVICE_ERROR
    assert str(UUID(error["correlation_id"])) == answer.headers["X-Correlation-ID"]


async def test_other_origins_read_nothing(proxy: Proxy, client: aiohttp.ClientSession) -> None:
    """Neither of those who ask."""
    async with client.get(proxy.events, headers={"Origin": "https://huledu.example"}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
