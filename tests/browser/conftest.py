"""A sandbox with its page, and chromium to look at it; both run while the tests of this folder do."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright, expect

from sandbox.options import StackOptions
from sandbox.ports import free_port
from sandbox.stack import Stack
from sandbox.up import with_page
from tests.browser.teacher_page import TeacherPage
from tests.e2e.conftest import UNHURRIED

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WITHIN_MS = 20_000
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", Path(__file__).parents[2] / ".screenshots"))
"""Where ``test_screens`` keeps its pictures."""
EXPECTED = ("Failed to load resource", "WebSocket connection to")
"""How chromium reports a call that was refused, or had no network."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell where the pictures are."""
    if SCREENSHOTS.is_dir():
        terminalreporter.line(f"Pictures of the page: {SCREENSHOTS}")


@pytest_asyncio.fixture(scope="package")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine; tests skip where there is none."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(PROGRAMS)} is installed")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=WITHIN_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="package")
async def sandbox(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The whole platform with two replicas of the feed, and its page."""
    assert chromium.is_connected()
    options = StackOptions(
        feeds=2,
        page_port=free_port(),
        phase_s=0.2,
        gateway_environment=UNHURRIED,
        logs=tmp_path_factory.mktemp("sandbox"),
    )
    async with Stack(options) as stack, with_page(stack):
        yield stack


@pytest_asyncio.fixture
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """The browser's storage and tabs of one test; an error of a script, or one against the page's policy, fails it."""
    opened = await chromium.new_context(locale="sv-SE", viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(WITHIN_MS)
    faults = list[str]()

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            faults.append(message.text)

    opened.on("console", hear)
    opened.on("weberror", lambda fault: faults.append(str(fault.error)))
    yield opened
    await opened.close()
    assert faults == []


@pytest_asyncio.fixture
async def teacher(context: BrowserContext, sandbox: Stack) -> TeacherPage:
    """The page in a fresh tab, before the login."""
    return await TeacherPage.open(context, sandbox)


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections of one test past the browser."""
    async with aiohttp.ClientSession() as opened:
        yield opened
