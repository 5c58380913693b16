"""Two replicas of the feed behind the sandbox's balancer, and the server of its page."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from yarl import URL

from sandbox.dashboard.control import Control, controlling
from sandbox.dashboard.server import STATIC, serving_page
from sandbox.options import StackOptions
from sandbox.people import DEMO_USERS
from sandbox.ports import free_port
from sandbox.stack import Stack
from tests.support.eventually import eventually

MARIA = DEMO_USERS[0]
SENT = 30
ARRIVED_WITHIN_S = 60.0


@pytest.fixture(scope="module")
async def two_feeds(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, Control, str]]:
    """A sandbox with two replicas of the feed, its control, and the page's address."""
    port = free_port()
    logs = tmp_path_factory.mktemp("two-feeds")
    async with (
        Stack(StackOptions(feeds=2, page_port=port, logs=logs)) as stack,
        controlling(stack.parts, stack.addresses) as control,
        serving_page(control, stack.addresses, port=port) as page,
    ):
        yield stack, control, page


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser's connections."""
    async with aiohttp.ClientSession() as session:
        yield session


async def call(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    json: object = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any]:
    """Return the status and the JSON of an answer, None for another type."""
    async with client.request(method, url, json=json, headers=headers) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else None


async def test_nothing_is_lost_while_replicas_restart(
    two_feeds: tuple[Stack, Control, str], client: aiohttp.ClientSession
) -> None:
    """A client that reconnects by its cursor hears everything once, and another replica takes it meanwhile."""
    stack, _, page = two_feeds
    credentials = {"email": MARIA.email, "password": MARIA.password}
    _, tokens = await call(client, "POST", f"{stack.addresses.gateway}/v1/auth/login", json=credentials)
    heard = list[str]()

    async def follow() -> None:
        cursor = ""
        while len(set(heard)) < SENT:
            query = urlencode({"cursor": cursor})
            offered = ("huleedu.v1", f"bearer.{tokens['access_token']}")
            async with client.ws_connect(f"{stack.addresses.websocket}?{query}", protocols=offered) as socket:
                async for message in socket:
                    frame = message.json()
                    cursor = frame.get("id") or frame["data"].get("cursor") or cursor
                    if "id" in frame:
                        heard.append(frame["id"])
                    if len(heard) >= SENT:
                        return

    async with asyncio.timeout(ARRIVED_WITHIN_S), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow())
        await eventually(lambda: has_connection(client, page))
        for replica in stack.parts.feeds:
            await control_accepts(client, f"{page}/control/replicas/{replica.name}/restart", {})
            await send(client, page, SENT // 3)
            await eventually(lambda: all_ready(client, page), within_s=ARRIVED_WITHIN_S)
        await send(client, page, SENT // 3)  # until here it stays, however late a replica goes
        await following

    query = urlencode({"user_id": MARIA.user_id, "after": ""})
    _, sent = await call(client, "GET", f"{page}/control/notifications?{query}")
    assert heard == sent["cursors"]
    assert stack.dead() == []
    logged = [json.loads(line) for feed in stack.parts.feeds for line in feed.log.read_text("utf-8").splitlines()]
    assert [line for line in logged if line["level"] == "error"] == []
    assert sum(line.get("sockets_closed", 0) for line in logged) > 0


async def control_accepts(client: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> None:
    """Have the control do something."""
    status, _ = await call(client, "POST", url, json=body)
    assert status == 202


async def send(client: aiohttp.ClientSession, page: str, count: int) -> None:
    """Have Maria told so many notifications."""
    await control_accepts(client, f"{page}/control/notifications", {"user_id": MARIA.user_id, "count": count})


async def replicas(client: aiohttp.ClientSession, page: str) -> list[dict[str, Any]]:
    """Return the state of each replica."""
    _, status = await call(client, "GET", f"{page}/control/status")
    return list(status["replicas"])


async def has_connection(client: aiohttp.ClientSession, page: str) -> bool:
    """Tell whether a replica has a connection."""
    return any(replica["connections"] for replica in await replicas(client, page))


async def all_ready(client: aiohttp.ClientSession, page: str) -> bool:
    """Tell whether every replica takes connections."""
    return all(replica["state"] == "ready" for replica in await replicas(client, page))


async def test_tokens_live_as_long_as_the_control_says(
    two_feeds: tuple[Stack, Control, str], client: aiohttp.ClientSession
) -> None:
    """Until it says otherwise."""
    stack, _, page = two_feeds
    login = f"{stack.addresses.gateway}/v1/auth/login"
    credentials = {"email": MARIA.email, "password": MARIA.password}

    await control_accepts(client, f"{page}/control/tokens", {"lifetime_s": 8})
    _, short = await call(client, "POST", login, json=credentials)
    await control_accepts(client, f"{page}/control/tokens", {"lifetime_s": None})
    _, usual = await call(client, "POST", login, json=credentials)

    assert (short["expires_in"], usual["expires_in"]) == (8, 3600)


async def test_a_killed_replica_is_started_again(
    two_feeds: tuple[Stack, Control, str], client: aiohttp.ClientSession
) -> None:
    """The page's way, and the key's, which starts what has ended before it restarts anything."""
    stack, control, page = two_feeds
    second = stack.parts.feeds[1]

    await control_accepts(client, f"{page}/control/replicas/{second.name}/kill", {})
    await eventually(lambda: not second.running)
    ended = {replica["name"]: replica["state"] for replica in await replicas(client, page)}
    await eventually(lambda: control.restart_next() == second.name)  # None until the kill is done with
    await eventually(lambda: all_ready(client, page), within_s=ARRIVED_WITHIN_S)

    assert ended[second.name] == "ended"


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, "/control/tokens", 403),
        ({"Sec-Fetch-Site": "cross-site"}, "/control/tokens", 403),
        ({"Host": "elsewhere.example"}, "/control/tokens", 403),
        ({"Origin": "http://["}, "/control/tokens", 403),
        ({"Origin": "null"}, "/control/tokens", 403),
        ({}, "/control/replicas/nobody/restart", 404),
        ({}, "/control/replicas/websocket_service-1/dance", 404),
        ({}, "/control/network", 400),
    ],
)
async def test_the_control_refuses(
    two_feeds: tuple[Stack, Control, str],
    client: aiohttp.ClientSession,
    headers: dict[str, str],
    path: str,
    status: int,
) -> None:
    """Other pages' requests, names that no part has, and bodies that make no sense."""
    answered, _ = await call(client, "POST", two_feeds[2] + path, json={"down_s": 0}, headers=headers)

    assert answered == status


async def test_the_page_has_everything_it_needs(
    two_feeds: tuple[Stack, Control, str], client: aiohttp.ClientSession
) -> None:
    """Its files, the essays to drop, and a policy that lets it call both services and nothing else."""
    stack, _, page = two_feeds
    _, facts = await call(client, "GET", f"{page}/sandbox.json")
    async with client.get(page) as index:
        policy, body = index.headers["Content-Security-Policy"], await index.read()
    async with client.get(page + facts["essays"][0]["url"]) as essay:
        size = len(await essay.read())
    async with client.get(f"{page}/essays/ENG5/{Path(__file__).name}") as absent:
        missing = absent.status

    assert (facts["gateway"], facts["feed"]) == (stack.addresses.gateway, stack.addresses.websocket)
    assert body == (STATIC / "index.html").read_bytes()
    assert "default-src 'self'" in policy
    assert stack.addresses.gateway in policy
    assert (size, missing) == (facts["essays"][0]["size_bytes"], 404)


@pytest.mark.parametrize("path", ["/..%2Ffile.html", "/%2F{folder}%2Ffile.html", "/essays/ENG5/..%2F..%2Fmake.py"])
async def test_no_path_leads_out_of_the_page(
    two_feeds: tuple[Stack, Control, str], client: aiohttp.ClientSession, tmp_path: Path, path: str
) -> None:
    """An encoded slash is a part of a name, so that a file elsewhere isn't found, whatever its type."""
    (tmp_path / "file.html").write_text("elsewhere")
    climb = "..%2F" * len(STATIC.parts) + f"{tmp_path}/file.html".lstrip("/").replace("/", "%2F")
    tried = path.format(folder=str(tmp_path).strip("/").replace("/", "%2F")).replace("..%2Ffile.html", climb)

    async with client.get(URL(two_feeds[2] + tried, encoded=True)) as answer:
        assert answer.status == 404
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_part_that_ended_is_told(two_feeds: tuple[Stack, Control, str], client: aiohttp.ClientSession) -> None:
    """The control answers 503 when it can't reach what it acts on, and acts again once that was started."""
    stack, _, page = two_feeds
    upstreams = stack.parts.processes["upstreams"]
    burst = {"user_id": MARIA.user_id, "count": 1}

    await upstreams.kill()
    refused, _ = await call(client, "POST", f"{page}/control/notifications", json=burst)
    await upstreams.start()
    accepted, _ = await call(client, "POST", f"{page}/control/notifications", json=burst)

    assert (refused, accepted) == (503, 202)
