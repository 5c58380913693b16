"""deploy/nginx/edge.conf before two gateways and two feeds: what a teacher does works through it, restarts included."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from sandbox.feed_restart import all_read_kafka
from sandbox.options import StackOptions
from sandbox.ports import LOOPBACK
from sandbox.stack import Stack
from scripts.docs.kept_files import ROOT
from tests.e2e.browser import Browser, assert_house_error
from tests.e2e.conftest import UNHURRIED
from tests.support.eventually import eventually
from tests.support.further_gateway import FurtherGateway, further_gateway
from tests.support.nginx import Proxy, nginx

CLASSES = 12
ESSAYS = ROOT / "sandbox" / "essays" / "ENG5"
ARRIVED_WITHIN_S = 90.0
STREAMED_WITHIN_S = 10.0
"""Far below a stream's next heartbeat: a proxy that buffers would wait for that, or for its buffer to fill."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The proxy and the replicas behind it."""

    stack: Stack
    other_gateway: FurtherGateway
    proxy: Proxy

    async def browser(self, client: aiohttp.ClientSession) -> Browser:
        """Return Maria's browser, logged in through the proxy."""
        addresses = replace(self.stack.addresses, gateway=self.proxy.gateway, websocket=self.proxy.feed)
        return await Browser(client, addresses).logged_in(0)


@pytest_asyncio.fixture(scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    """Two gateways and two feeds behind nginx. The feeds take any compression that reaches them."""
    folder = tmp_path_factory.mktemp("nginx")
    trusting = json.dumps([LOOPBACK])
    options = StackOptions(
        feeds=2,
        phase_s=0.05,
        logs=folder,
        gateway_environment={**UNHURRIED, "API_GATEWAY_TRUSTED_PROXIES": trusting},
        websocket_environment={"TRUSTED_PROXIES": trusting, "WEBSOCKET_DEFLATE": "true"},
    )
    async with Stack(options) as stack, further_gateway(stack, folder) as other:
        gateways = [_port(stack.parts.gateway.probes[0]), other.port]
        feeds = [_port(feed.probes[0]) for feed in stack.parts.feeds]
        async with nginx(folder, gateways=gateways, feeds=feeds) as proxy:
            yield Edge(stack, other, proxy)


@pytest_asyncio.fixture
async def client(edge: Edge) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser's connections, which trust the proxy's certificate alone."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=edge.proxy.tls)) as session:
        yield session


def _port(url: str) -> int:
    return urlsplit(url).port or 0


async def test_browsers_get_http_2(edge: Edge) -> None:
    """By ALPN, where the gateway is; a socket's handshake, which offers HTTP/1.1 alone, gets that."""
    offered = ssl.create_default_context()
    offered.load_verify_locations(cadata=edge.proxy.tls.get_ca_certs(binary_form=True)[0])
    offered.set_alpn_protocols(["h2", "http/1.1"])

    _, writer = await asyncio.open_connection(LOOPBACK, edge.proxy.gateway_port, ssl=offered)
    secured = writer.get_extra_info("ssl_object")
    writer.close()

    assert secured.selected_alpn_protocol() == "h2"


async def test_an_upload_arrives(edge: Edge, client: aiohttp.ClientSession) -> None:
    """A class, a batch and its essays, from the login on."""
    maria = await edge.browser(client)
    essays = sorted(ESSAYS.glob("*.docx"))[:3]
    batch_id = await maria.new_batch(essays=len(essays))

    answer = await maria.upload(batch_id, essays)

    assert answer.status in {201, 202}, answer.body


async def test_an_upload_over_the_limit_gets_the_gateways_own_answer(edge: Edge, client: aiohttp.ClientSession) -> None:
    """In its format, before the upload has been sent: nginx neither collects nor measures it."""
    maria = await edge.browser(client)
    form = aiohttp.FormData()
    form.add_field("batch_id", "a-batch")
    form.add_field("files", BytesIO(b"x" * (51 * 1024 * 1024)), filename="essay.txt", content_type="text/plain")

    answer = await maria.call("POST", "/v1/files/batch", form=form)

    assert_house_error(answer, status=413, code="PAYLOAD_TOO_LARGE")


async def test_a_large_body_gets_the_gateways_own_answer(edge: Edge, client: aiohttp.ClientSession) -> None:
    """JSON as well: nginx's own 413 would be a page of HTML, which the dashboard's origin couldn't read."""
    maria = await edge.browser(client)

    said = {"Authorization": f"Bearer {maria.token}", "Content-Type": "application/json"}
    body = BytesIO(b'{"name": "%b"}' % (b"x" * 3_000_000))
    async with client.post(f"{edge.proxy.gateway}/v1/classes/", data=body, headers=said) as answer:
        told = await answer.json()

    assert (answer.status, told["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_socket_resumes_while_every_replica_restarts(edge: Edge, client: aiohttp.ClientSession) -> None:
    """A client that reconnects by its cursor hears every notification, and each once."""
    maria = await edge.browser(client)
    heard = list[str]()
    connected = asyncio.Event()

    async def follow() -> None:
        cursor = ""
        while len(heard) < CLASSES:
            url = f"{edge.proxy.feed}?{urlencode({'cursor': cursor})}"
            async with client.ws_connect(url, protocols=("huleedu.v1", f"bearer.{maria.token}")) as socket:
                async for message in socket:
                    frame = message.json()
                    cursor = frame.get("id") or frame["data"].get("cursor") or cursor
                    connected.set()
                    if frame["event"] == "class_created":
                        heard.append(frame["data"]["class_id"])
                    if len(heard) == CLASSES:
                        return

    created = list[str]()
    async with asyncio.timeout(ARRIVED_WITHIN_S), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow())
        await connected.wait()
        for feed in edge.stack.parts.feeds:
            created += [await maria.new_class() for _ in range(CLASSES // 4)]
            assert await all_read_kafka(edge.stack.parts.feeds, within_s=ARRIVED_WITHIN_S)
            await feed.stop()
            created += [await maria.new_class() for _ in range(CLASSES // 4)]
            await feed.start()
        await following

    assert sorted(heard) == sorted(created)


async def test_an_event_stream_passes_at_once(edge: Edge, client: aiohttp.ClientSession) -> None:
    """Its first frame, and a notification as it happens."""
    maria = await edge.browser(client)
    headers = {"Authorization": f"Bearer {maria.token}"}

    async with client.get(edge.proxy.events, headers=headers) as stream, asyncio.timeout(STREAMED_WITHIN_S):
        ready = await _frame(stream)
        class_id = await maria.new_class()
        told = await _frame(stream)

    assert ready["event"] == "feed.ready"
    assert (told["event"], told["data"]["class_id"]) == ("class_created", class_id)


async def test_a_socket_is_not_compressed(edge: Edge, client: aiohttp.ClientSession) -> None:
    """The feed never sees the offer, which it would take here."""
    maria = await edge.browser(client)
    protocols = ("huleedu.v1", f"bearer.{maria.token}")

    async with client.ws_connect(edge.proxy.feed, protocols=protocols, compress=15) as socket:
        assert socket.compress == 0


async def test_a_stopped_gateway_is_passed_over(edge: Edge, client: aiohttp.ClientSession) -> None:
    """Reads and a login reach the other one."""
    await edge.other_gateway.process.stop()
    try:
        maria = await edge.browser(client)
        statuses = [(await maria.call("GET", "/v1/batches")).status for _ in range(6)]
    finally:
        await edge.other_gateway.process.start()

    assert statuses == [200] * 6


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz", "/healthz/redis", "/metrics"])
async def test_the_internet_sees_no_health(edge: Edge, client: aiohttp.ClientSession, path: str) -> None:
    """Of neither service."""
    for port in (edge.proxy.gateway_port, edge.proxy.feed_port):
        async with client.get(f"https://{LOOPBACK}:{port}{path}") as answer:
            assert answer.status == 404


async def test_the_replicas_see_the_clients_address(edge: Edge, client: aiohttp.ClientSession) -> None:
    """The one that nginx saw, whatever the client says."""
    said = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    async with client.get(edge.proxy.events, headers=said) as answer:
        number = answer.headers["X-Correlation-ID"]

    def lines() -> list[str]:
        logged = [line for feed in edge.stack.parts.feeds for line in feed.log.read_text().splitlines()]
        return [line for line in logged if number in line and "http.ended" in line]

    await eventually(lambda: lines() != [])

    assert [json.loads(line)["client"] for line in lines()] == [LOOPBACK]


async def _frame(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return the next frame of an event stream."""
    async for line in stream.content:
        if line.startswith(b"data: "):
            frame: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
            return frame
    raise EOFError
