"""A whole running sandbox for the tests in this folder.

It is stopped behind the last of them: one that idles while other folders' tests run costs a tenth of a core.
"""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from sandbox.options import StackOptions
from sandbox.stack import Stack
from tests.e2e.browser import Browser

# Tests are quicker than people: phases are short and nobody is told to slow down.
UNHURRIED = {
    "API_GATEWAY_RATE_LIMIT_REQUESTS": "10000",
    "API_GATEWAY_RATE_LIMIT_COMMANDS": "10000",
    "API_GATEWAY_RATE_LIMIT_UPLOADS": "10000",
    "API_GATEWAY_RATE_LIMIT_LOGIN": "10000",
}


@pytest_asyncio.fixture(scope="package")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The whole platform, running. Tests leave it as they found it; those that break things have their own.

    Its logs are in pytest's temporary folder ``sandbox0``.
    """
    logs = tmp_path_factory.mktemp("sandbox")
    options = StackOptions(phase_s=0.05, gateway_environment=UNHURRIED, logs=logs)
    async with Stack(options) as stack:
        yield stack


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections of one test."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest_asyncio.fixture
async def maria(sandbox: Stack, session: aiohttp.ClientSession) -> Browser:
    """Maria's browser, logged in."""
    return await Browser(session, sandbox.addresses).logged_in(0)


@pytest_asyncio.fixture
async def erik(sandbox: Stack, session: aiohttp.ClientSession) -> Browser:
    """Erik's browser, logged in."""
    return await Browser(session, sandbox.addresses).logged_in(1)


@pytest_asyncio.fixture
async def asa(sandbox: Stack, session: aiohttp.ClientSession) -> Browser:
    """The browser of Åsa, whose user id is beyond ASCII; logged in."""
    return await Browser(session, sandbox.addresses).logged_in(2)
