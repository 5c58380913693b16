"""The page where the network, the edge or another page misbehaves."""

import asyncio
import json
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Response, Route, expect

from sandbox.people import DEMO_USERS, DemoUser
from sandbox.ports import LOOPBACK, free_port
from sandbox.stack import Stack
from tests.browser.conftest import WITHIN_MS
from tests.browser.looks import DRAWN
from tests.browser.teacher_page import SETTLED_WITHIN_MS, TeacherPage
from tests.support.eventually import eventually

LARGE_BYTES = 8_000_000
SLOW_UPLOAD_BYTES_S = 400_000
PLACES = 5
STATUS = re.compile(r"/v1/batches/[^/]+/status$")
FOREIGN_PAGE = "data:text/html,<title>another page</title>"


async def log_in(client: aiohttp.ClientSession, sandbox: Stack, user: DemoUser) -> str:
    """Return an access token, got past the page."""
    credentials = {"email": user.email, "password": user.password}
    async with client.post(f"{sandbox.addresses.gateway}/v1/auth/login", json=credentials) as answer:
        return str((await answer.json())["access_token"])


@asynccontextmanager
async def refusing_upgrades(feed_port: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A proxy before the feed that answers 400 to each handshake; yields its port and the paths that it relayed."""
    relayed, serving = list[bytes](), set[asyncio.Task[object]]()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            serving.add(task)
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"upgrade: websocket" in head.lower():
                writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
                return
            relayed.append(head.split(b" ")[1].split(b"?")[0])
            feed_reader, feed_writer = await asyncio.open_connection(LOOPBACK, feed_port)
            with closing(feed_writer):
                feed_writer.write(head)
                while chunk := await feed_reader.read(65_536):
                    writer.write(chunk)
                    await writer.drain()

    port = free_port()
    async with await asyncio.start_server(serve, LOOPBACK, port):
        yield port, relayed
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def test_a_proxy_that_refuses_upgrades_leaves_event_streams(chromium: Browser, sandbox: Stack) -> None:
    """After two refused handshakes the page is live by server-sent events, and everything sent arrives, once."""
    feed_port = urlsplit(sandbox.addresses.websocket).port or 0
    async with refusing_upgrades(feed_port) as (port, relayed):
        context = await chromium.new_context(locale="sv-SE", bypass_csp=True)  # the page's policy names the real feed
        context.set_default_timeout(WITHIN_MS)

        async def name_the_proxy(route: Route) -> None:
            answer = await route.fetch()
            await route.fulfill(json=await answer.json() | {"feed": f"ws://{LOOPBACK}:{port}/ws"})

        await context.route("**/sandbox.json", name_the_proxy)
        teacher = await TeacherPage.open(context, sandbox)
        await teacher.log_in("Maria")
        await teacher.open_drawer()
        await teacher.send_notifications()
        await teacher.expect_all_arrived(at_least=50)
        await context.close()

    assert b"/events" in relayed
    assert b"/ws" not in relayed


async def test_another_pages_script_gets_nothing(chromium: Browser, sandbox: Stack) -> None:
    """A page whose origin isn't allowed can neither read the gateway's answers nor open the feed, even with a token."""
    async with aiohttp.ClientSession() as client:
        token = await log_in(client, sandbox, DEMO_USERS[0])
    page = await chromium.new_page()
    await page.goto(FOREIGN_PAGE)

    read = await page.evaluate(
        """async ([gateway, token]) => {
            const headers = { Authorization: `Bearer ${token}` };
            return fetch(`${gateway}/v1/batches`, { headers }).then(({ status }) => status, ({ name }) => name);
        }""",
        [sandbox.addresses.gateway, token],
    )
    closed = await page.evaluate(
        """([feed, token]) => new Promise((resolve) => {
            const socket = new WebSocket(feed, ["huleedu.v1", `bearer.${token}`]);
            socket.onopen = () => resolve("open");
            socket.onclose = ({ code }) => resolve(code);
        })""",
        [sandbox.addresses.websocket, token],
    )

    await page.close()
    assert (read, closed) == ("TypeError", 1006)


async def test_an_upload_is_cancelled_and_sent_again(
    teacher: TeacherPage, context: BrowserContext, tmp_path: Path
) -> None:
    """Cancelling leaves the files ready; sent again, they arrive."""
    await teacher.log_in("Erik")
    await teacher.create_class()
    await teacher.register_batch("Avbruten")
    devtools = await context.new_cdp_session(teacher.page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW_UPLOAD_BYTES_S}
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", slow)
    essay = tmp_path / "lang.txt"
    essay.write_bytes(b"en uppsats " * (LARGE_BYTES // 11))

    await teacher.dialog.locator("input[type=file]").set_input_files(essay)
    await teacher.dialog.get_by_role("button", name="Skicka 1 uppsats").click()
    await expect(teacher.dialog.locator(".files .state")).to_contain_text("%")
    await teacher.dialog.get_by_role("button", name="Avbryt").click()
    await expect(teacher.dialog.locator(".files .state")).to_have_text("Redo att skickas")
    await devtools.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    await teacher.dialog.get_by_role("button", name="Skicka 1 uppsats").click()

    await expect(teacher.dialog.get_by_text("Mottagen")).to_have_count(1, timeout=SETTLED_WITHIN_MS)


async def test_an_answer_that_is_overtaken_hides_no_question(teacher: TeacherPage) -> None:
    """A status from before the pupils were matched may arrive after the feed has asked who wrote what."""
    asked, answers = asyncio.Event(), list[Response]()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        body = await answer.json() | {"status": "pending_content"}
        await asked.wait()
        await route.fulfill(response=answer, json=body)

    await teacher.log_in("Lars")
    await teacher.create_class()
    await teacher.register_batch("Sent svar")
    await teacher.page.route(STATUS, answer_late, times=1)
    teacher.page.on("response", lambda answer: answers.append(answer) if STATUS.search(answer.url) else None)
    await teacher.hand_in()
    question = teacher.page.locator(".waiting").get_by_role("button", name="Bekräfta")
    await expect(question).to_be_visible(timeout=SETTLED_WITHIN_MS)

    asked.set()
    await eventually(lambda: len(answers) >= 2)
    await teacher.page.evaluate(DRAWN)

    await expect(question).to_be_visible()


async def read_on(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Answer the server's pings, so that the connection counts as alive, until it is closed."""
    async for _ in socket:
        continue


@pytest.mark.parametrize(
    ("status", "code", "title"),
    [
        (429, "RATE_LIMIT", "Vänta en stund"),
        (503, "SERVICE_UNAVAILABLE", "HuleEdu är inte tillgängligt just nu"),
    ],
)
async def test_a_refusal_is_told_in_a_teachers_words(teacher: TeacherPage, status: int, code: str, title: str) -> None:
    """With its number to quote, and without the developers' message."""
    refusal = {
        "error": {
            "code": code,
            "message": "A developer's message.",
            "correlation_id": "7f0c2f0e-3c54-4d53-9d5a-2d3f5a5f1c11",
            "service": "api-gateway",
            "timestamp": "2026-11-29T12:00:00.000Z",
            "details": {},
        }
    }
    await teacher.log_in("Erik")
    origin = teacher.address.rstrip("/")
    readable = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    await teacher.page.route(
        "**/v1/classes", lambda route: route.fulfill(status=status, json=refusal, headers=readable)
    )
    await teacher.page.get_by_role("button", name="Ny klass").click()
    await teacher.dialog.get_by_role("button", name="Skapa klassen").click()

    told = teacher.dialog.get_by_role("alert")
    await expect(told).to_contain_text("7f0c2f0e")
    await expect(told).to_contain_text(title)
    await expect(told).not_to_contain_text("A developer's message.")


async def test_a_teacher_with_too_many_connections_is_told(teacher: TeacherPage, sandbox: Stack) -> None:
    """Close code 4000: the light waits, its panel says why, and the page is live once there is room."""
    lars = DEMO_USERS[3]
    async with AsyncExitStack() as elsewhere:
        client = await elsewhere.enter_async_context(aiohttp.ClientSession())
        token = await log_in(client, sandbox, lars)
        sockets = [
            await client.ws_connect(sandbox.addresses.websocket, protocols=("huleedu.v1", f"bearer.{token}"))
            for _ in range(PLACES)
        ]
        for socket in sockets:
            assert json.loads((await socket.receive()).data)["event"] == "feed.ready"
        alive = await elsewhere.enter_async_context(asyncio.TaskGroup())
        for socket in sockets:
            alive.create_task(read_on(socket))
        await teacher.page.get_by_role("button", name="Lars").click()
        await expect(teacher.light).not_to_have_class("light live", timeout=SETTLED_WITHIN_MS)
        await teacher.light.click()
        await expect(teacher.page.locator("#connection .reason")).to_be_visible(timeout=SETTLED_WITHIN_MS)
        await asyncio.gather(*(socket.close() for socket in sockets))
    await teacher.page.get_by_role("button", name="Försök nu").click()

    await teacher.wait_live()
