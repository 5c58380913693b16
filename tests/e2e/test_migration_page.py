"""The socket client of docs/migration.md, run against a real feed."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from sandbox.stack import Stack
from tests.e2e.browser import Browser
from tests.support.eventually import PATIENCE_S
from tests.support.migration_page import block

NODE = ("node", "--experimental-websocket")
PAGE_IN_NODE = """
import { follow } from "./client.mjs";
const [url, token, cursor] = process.argv.slice(2);
const session = { token: () => token, refresh: async () => {}, logIn: async () => {} };
const place = { get: () => cursor, set: (id) => console.log(JSON.stringify({ id })) };
const onMessage = (event, data) => console.log(JSON.stringify({ event, data }));
follow({ url, session, place, onMessage });
"""


async def test_a_page_with_todays_url_is_told(maria: Browser, sandbox: Stack, tmp_path: Path) -> None:
    """By ``?token=``; a class that was made before the page connected is told too, by the cursor that the page kept."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    (tmp_path / "client.mjs").write_text(block("js client"), encoding="utf-8")
    (tmp_path / "page.mjs").write_text(PAGE_IN_NODE, encoding="utf-8")
    cursor = (await maria.call("GET", "/v1/notifications")).body["cursor"]
    await maria.new_class("migrated")
    command = (*NODE, str(tmp_path / "page.mjs"), sandbox.addresses.websocket, str(maria.token), cursor)
    page = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert page.stdout is not None

    try:
        async with asyncio.timeout(PATIENCE_S):
            told = ""
            while "migrated" not in told:
                told = (await page.stdout.readline()).decode()
            place = json.loads(await page.stdout.readline())
    finally:
        page.kill()
        await page.wait()

    assert json.loads(told)["event"] == "class_created"
    assert place["id"]
