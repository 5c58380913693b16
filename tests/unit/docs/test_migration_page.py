"""docs/migration.md names what is read and recorded; its override starts both services, and its client gives way."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from api_gateway.settings import OLD_NAMES
from api_gateway.settings import load_settings as load_gateway
from tests.support.migration_page import PAGE, block
from tests.support.previous_edge import previous_environment
from tests.unit.docs.test_old_metrics import PREVIOUS
from websocket_service.settings import load_settings as load_feed

SECRET = "9f86d081884c7d659a2feaa0c55ad015"
REFUSED_SIX_TIMES = """
import { follow } from "./client.mjs";
Math.random = () => 1;
const urls = [], waits = [], kept = [];
const refusal = { code: 1008, reason: '{"error_code":"AUTHENTICATION_ERROR","message":"token_expired"}' };
const frame = '{"event":"class_created","data":{"class_id":"8B"},"id":"a:1"}';
let token = 0;
class Socket {
  constructor(url) {
    urls.push(url);
    queueMicrotask(() => {
      this.onopen();
      if (urls.length === 7) this.onmessage({ data: frame });
      this.onclose(urls.length === 8 ? { code: 1012, reason: '{"retry_after_ms":7}' } : refusal);
    });
  }
  send() {}
  close() {}
}
const session = { token: () => `t${token}`, refresh: async () => { token += 1; }, logIn: async () => {} };
const place = { get: () => kept.at(-1) ?? "", set: (id) => kept.push(id) };
const done = new Promise((finished) => {
  const pause = async (ms) => { waits.push(ms); if (waits.length === 8) { stop(); finished(); } };
  const stop = follow({ url: "ws://feed/ws", session, place, onMessage: () => {}, Socket, pause });
});
await done;
process.stdout.write(JSON.stringify({ urls, waits }));
"""


def test_the_old_names_are_those_that_are_read() -> None:
    """Each row of the table, with today's name and the default that is kept."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (?:`(.*)`)? ?\|$", PAGE, re.MULTILINE)

    assert {(each.old, each.new, each.default or "") for each in OLD_NAMES} == set(rows)


def test_every_recorded_metric_is_told() -> None:
    """By its name, a histogram by its stem."""
    told = {name for name in PREVIOUS if f"`{re.sub('_(bucket|sum|count)$', '', name)}`" in PAGE}

    assert told == PREVIOUS


def test_the_override_starts_both_services_in_the_previous_environment() -> None:
    """What the page adds to the platform's compose file is enough, in production."""
    services = yaml.safe_load(re.sub(r"!reset \S+", "null", block("yaml")))["services"]
    added = {
        name: {variable: re.sub(r"\$\{.*\}", SECRET, value) for variable, value in service["environment"].items()}
        for name, service in services.items()
    }

    gateway = load_gateway(previous_environment("gateway", secret="") | added["api_gateway_service"])
    feed = load_feed(previous_environment("websocket", secret="") | added["websocket_service"])

    assert (gateway.http_port, feed.websocket_port) == (8080, 8080)
    assert gateway.shared.environment == feed.shared.environment == "production"
    assert gateway.cors_origins == feed.cors_origins


async def test_the_client_gives_way_to_refusals_and_keeps_its_place(tmp_path: Path) -> None:
    """Refused after open it waits longer each time, with a fresh token; a slot is kept to; a cursor is brought back."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (tmp_path / "client.mjs").write_text(block("js client"), encoding="utf-8")
    (tmp_path / "page.mjs").write_text(REFUSED_SIX_TIMES, encoding="utf-8")

    process = await asyncio.create_subprocess_exec(node, str(tmp_path / "page.mjs"), stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    told = json.loads(output)

    assert told["waits"] == [2000, 4000, 8000, 16_000, 30_000, 30_000, 1000, 7]
    assert told["urls"] == [f"ws://feed/ws?token=t{n}&cursor={'a%3A1' if n == 7 else ''}" for n in range(8)]
