"""What compose.yaml runs with its simulated platform, without a container engine: two replicas of each service.

Docker's own program says what each container would run, with which variables. Here each is a process with an address of
its own on loopback, so that it has the port that it has in its container; a name server stands for Docker's.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from secrets import randbelow
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from sandbox.environment import base_environment
from sandbox.http_process import HttpProcess
from sandbox.kafka_server import KafkaServer
from sandbox.parts import TOPICS
from sandbox.probes import exchange
from sandbox.redis_server import RedisServer
from sandbox.stack import stop_together
from scripts.docs.kept_files import ROOT
from tests.support.name_server import name_server
from tests.support.programs import printed_by
from tests.support.servers import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 as loopback")

FOLDER = ROOT / "deploy" / "compose"
NETWORK = f"127.{1 + randbelow(254)}.{randbelow(255)}"
"""Any of loopback's own, so that runs beside this one have others."""

PROXY, PLATFORM, PAGE = (f"{NETWORK}.{host}" for host in (10, 11, 12))
REPLICAS = {
    "api-gateway": [f"{NETWORK}.21", f"{NETWORK}.22"],
    "websocket": [f"{NETWORK}.31", f"{NETWORK}.32"],
}
EVERYWHERE = str(IPv4Address(0))
PORTS = {"api-gateway": 4001, "websocket": 8080}
ORIGIN = "http://127.0.0.1:4100"
ARRIVED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Composed:
    """What runs: the replicas, by service."""

    replicas: Mapping[str, list[HttpProcess]]


@pytest_asyncio.fixture(scope="module")
async def composed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Composed]:
    """Everything that the command for newcomers starts, and a second replica of each service."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    arguments = ("--file", ROOT / "compose.yaml", "--env-file", FOLDER / "platform.env", "config", "--format", "json")
    services = json.loads(await printed_by("docker-compose", *arguments))["services"]
    folder = tmp_path_factory.mktemp("composed")
    async with AsyncExitStack() as started:
        redis = await started.enter_async_context(running(RedisServer(folder)))
        kafka = await started.enter_async_context(running(KafkaServer(folder, topics=TOPICS)))
        names = {
            "redis:6379": f"127.0.0.1:{redis.port}",
            "kafka:9092": kafka.bootstrap,
            EVERYWHERE: PLATFORM,
            "http://127.0.0.1:4001": f"http://{PROXY}:4001",
            "ws://127.0.0.1:8080": f"ws://{PROXY}:8080",
            "/etc/huleedu/": f"{folder}/",
            **{f"{alias}:": f"{PLATFORM}:" for alias in services["platform"]["networks"]["default"]["aliases"]},
        }
        (folder / "upstreams.json").write_text(_replaced((FOLDER / "upstreams.json").read_text(), names))
        platform = _process("platform", services, folder, names, probe=f"http://{PLATFORM}:7005/healthz")
        replicas = {
            service: [
                _process(
                    service,
                    services,
                    folder,
                    {**names, EVERYWHERE: address},
                    probe=f"http://{address}:{PORTS[service]}/readyz",
                )
                for address in addresses
            ]
            for service, addresses in REPLICAS.items()
        }
        (folder / "page.json").write_text((folder / "upstreams.json").read_text().replace(f'"{PLATFORM}"', f'"{PAGE}"'))
        elsewhere = {"/etc/huleedu/upstreams.json": f"{folder}/page.json", "=platform": f"={PLATFORM}", **names}
        page = _Page(_process("page", services, folder, elsewhere, probe=f"http://{PAGE}:4100/"))
        together = [platform, page, *(replica for each in replicas.values() for replica in each)]
        started.push_async_callback(stop_together, together)
        async with asyncio.TaskGroup() as starting:
            for process in together:
                starting.create_task(process.start())
        resolver = await started.enter_async_context(name_server(REPLICAS))
        conf = folder / "nginx.conf"
        conf.write_text(_proxy_conf(folder, resolver))
        alone = "daemon off; master_process off;"  # one process, which ends with the test
        command = [nginx, "-p", str(folder), "-e", "stderr", "-c", str(conf), "-g", alone]
        probe = f"http://{PROXY}:4001/livez"
        proxy = HttpProcess("proxy", command, log=folder / "proxy.log", environment={}, probes=[probe])
        await started.enter_async_context(running(proxy))
        yield Composed(replicas)


class _Page(HttpProcess):
    """Its server answers to the name alone under which browsers know it."""

    def __init__(self, made: HttpProcess) -> None:
        super().__init__(made.name, made.command, log=made.log, environment=made.environment or {}, probes=made.probes)

    async def answers(self) -> bool:
        request = f"GET / HTTP/1.1\r\nHost: {urlsplit(ORIGIN).netloc}\r\nConnection: close\r\n\r\n"
        return await exchange(4100, request.encode(), host=PAGE, bool_of=lambda line: b" 200 " in line)


def _process(
    name: str, services: Mapping[str, Any], folder: Path, names: Mapping[str, str], *, probe: str
) -> HttpProcess:
    """Return what the service's container would run, at the test's addresses."""
    service = services[name]
    given = {variable: _replaced(value, names) for variable, value in service.get("environment", {}).items()}
    # The broker from the wheel knows no idempotent producer, and a test needn't wait for a balancer to look.
    own = {variable: "false" for variable in given if variable.endswith("KAFKA_ENABLE_IDEMPOTENCE")}
    own |= {variable: "0" for variable in given if variable.endswith("DRAIN_GRACE_SECONDS")}
    program, *arguments = service["command"]
    assert program == "python"
    command = [sys.executable, *(_replaced(argument, names) for argument in arguments)]
    log = folder / f"{name}-{probe.split('/')[2].partition(':')[0]}.log"
    return HttpProcess(name, command, log=log, environment=base_environment() | given | own, probes=[probe])


def _replaced(text: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        text = re.sub(rf"(?<![\d.]){re.escape(old)}", new, text)
    return text


def _proxy_conf(folder: Path, resolver: int) -> str:
    """Return the proxy's file with the test's addresses; all else is as it stands."""
    text = (FOLDER / "nginx.conf").read_text()
    for old, new in {
        "resolver 127.0.0.11 ": f"resolver 127.0.0.1:{resolver} ",
        "listen 4001;": f"listen {PROXY}:4001;",
        "listen 8080;": f"listen {PROXY}:8080;",
        " /tmp/": f" {folder}/",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest_asyncio.fixture
async def client(composed: Composed) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser on the page, whose server knows it by this host and origin."""
    assert composed.replicas
    headers = {"Origin": ORIGIN}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


async def told_by_page(client: aiohttp.ClientSession, path: str, **body: object) -> dict[str, Any]:
    """Return what the page's server answers to the page."""
    method = "POST" if body else "GET"
    async with client.request(
        method, f"http://{PAGE}:4100/{path}", json=body or None, headers={"Host": "127.0.0.1:4100"}
    ) as answer:
        assert answer.ok, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told


async def log_in(client: aiohttp.ClientSession) -> tuple[str, str, dict[str, str]]:
    """Log in as the page does, by what its server tells; return the gateway, the feed, and the token's header."""
    where = await told_by_page(client, "sandbox.json")
    who = {key: where["users"][0][key] for key in ("email", "password")}
    async with client.post(f"{where['gateway']}/v1/auth/login", json=who) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        token = (await answer.json())["access_token"]
    return where["gateway"], where["feed"], {"Authorization": f"Bearer {token}"}


async def test_a_newcomer_logs_in_and_hears_of_a_class(composed: Composed, client: aiohttp.ClientSession) -> None:
    """Through the proxy, as the page's server and platform.env tell it."""
    del composed
    gateway, feed, headers = await log_in(client)
    protocols = ("huleedu.v1", f"bearer.{headers['Authorization'].removeprefix('Bearer ')}")
    async with client.ws_connect(feed, protocols=protocols) as socket, asyncio.timeout(ARRIVED_WITHIN_S):
        ready = await socket.receive_json()  # from here on nothing is missed
        body = {"name": "8B", "course_codes": ["ENG5"]}
        async with client.post(f"{gateway}/v1/classes", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
        told = await socket.receive_json()

    assert [ready["event"], told["event"]] == ["feed.ready", "class_created"]


async def test_the_page_can_notify_and_knows_that_it_can_restart_nothing(client: aiohttp.ClientSession) -> None:
    """Its drawer hides what it can't do by the empty list."""
    where = await told_by_page(client, "sandbox.json")
    teacher = where["users"][1]["user_id"]

    status = await told_by_page(client, "control/notifications", user_id=teacher, count=3)

    assert status == {"replicas": [], "network": "up"}


async def test_a_replica_that_goes_is_passed_over(composed: Composed, client: aiohttp.ClientSession) -> None:
    """As when a scaled service shrinks: reads and sockets go on. The other tests need one replica of each alone."""
    gateway, feed, headers = await log_in(client)
    protocols = ("huleedu.v1", f"bearer.{headers['Authorization'].removeprefix('Bearer ')}")
    await stop_together([replicas[0] for replicas in composed.replicas.values()])
    statuses, greetings = [], []

    for _ in range(6):
        async with client.get(f"{gateway}/v1/batches", headers=headers) as answer:
            statuses.append(answer.status)
        async with client.ws_connect(feed, protocols=protocols) as socket:
            greetings.append((await socket.receive_json())["event"])

    assert (statuses, greetings) == ([200] * 6, ["feed.ready"] * 6)
