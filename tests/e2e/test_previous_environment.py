"""Both services start in the previous edge's environment, beside its neighbours, and a teacher is served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from sandbox.addresses import Addresses
from sandbox.environment import base_environment
from sandbox.parts import service_process
from sandbox.ports import LOOPBACK, free_port
from sandbox.secrets import JWT_SECRET
from sandbox.stack import Stack
from tests.e2e.browser import Browser
from tests.support.eventually import eventually
from tests.support.previous_edge import previous_environment
from tests.support.servers import running

ARRIVED_WITHIN_S = 90.0
MOVED = {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
"""No collector is at hand."""


@pytest_asyncio.fixture(scope="module")
async def swapped(sandbox: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Addresses]:
    """A gateway and a feed with the previous edge's variables, whose addresses are the sandbox's.

    The compose file's development override sets ENVIRONMENT. The feed has a consumer group of its own, because the
    sandbox's feed is in the platform's.
    """
    folder, at = tmp_path_factory.mktemp("swapped"), sandbox.addresses
    gateway_port, feed_port = free_port(), free_port()
    common = base_environment() | MOVED | {"ENVIRONMENT": "development", "LOG_LEVEL": "DEBUG"}
    gateway = previous_environment("gateway", secret=JWT_SECRET) | {
        "API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS": at.kafka,
        "API_GATEWAY_SERVICE_PORT": str(gateway_port),
        "API_GATEWAY_SERVICE_REDIS_URL": at.redis,
        "BATCH_ORCHESTRATOR_SERVICE_URL": at.upstreams["bos"],
        "CLASS_MANAGEMENT_SERVICE_URL": at.upstreams["cms"],
        "FILE_SERVICE_URL": at.upstreams["file"],
        "BFF_TEACHER_SERVICE_URL": at.upstreams["bff"],
        "API_GATEWAY_IDENTITY_URL": at.upstreams["identity"],
    }
    feed = previous_environment("websocket", secret=JWT_SECRET) | {
        "KAFKA_BOOTSTRAP_SERVERS": at.kafka,
        "KAFKA_CONSUMER_GROUP": "swapped",
        "REDIS_URL": at.redis,
        "WEBSOCKET_PORT": str(feed_port),
    }
    async with (
        running(service_process("api_gateway", gateway_port, folder, gateway | common)),
        running(service_process("websocket_service", feed_port, folder, feed | common)),
    ):
        websocket = f"ws://{LOOPBACK}:{feed_port}/ws"
        yield replace(at, gateway=f"http://{LOOPBACK}:{gateway_port}", websocket=websocket, logs=str(folder))


async def test_a_teacher_is_served_and_told(swapped: Addresses, session: aiohttp.ClientSession) -> None:
    """She logs in, which the identity URL makes possible, creates classes, and hears of one by the old socket URL.

    Of one, because the old protocol doesn't say from when on the feed listens for her.
    """
    maria = await Browser(session, swapped).logged_in(0)
    async with (
        asyncio.timeout(ARRIVED_WITHIN_S),
        session.ws_connect(f"{swapped.websocket}?token={maria.token}") as socket,
        _creating_classes(maria),
    ):
        told = await _class_told(socket)
        while told["class_designation"] != "swapped":
            told = await _class_told(socket)

    assert told["category"] == "class_management"


@asynccontextmanager
async def _creating_classes(maria: Browser) -> AsyncIterator[None]:
    """Have her create one class after the other."""

    async def create() -> None:
        while True:
            await maria.new_class("swapped")
            await asyncio.sleep(1)

    async with asyncio.TaskGroup() as tasks:
        creating = tasks.create_task(create())
        yield
        creating.cancel()


async def _class_told(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """Return the data of the next ``class_created``: the sandbox's other tests are heard of too."""
    frame = await socket.receive_json()
    while frame["event"] != "class_created":
        frame = await socket.receive_json()
    data: dict[str, Any] = frame["data"]
    return data


async def test_each_old_name_is_one_line_in_the_log(swapped: Addresses) -> None:
    """With the name that it has today."""
    log = Path(swapped.logs) / "api_gateway.log"

    await eventually(lambda: "serving.ready" in log.read_text(encoding="utf-8"))
    told = [line for line in log.read_text(encoding="utf-8").splitlines() if "is an old name" in line]

    assert len(told) == 7
    assert sum("API_GATEWAY_BFF_TEACHER_URL" in line for line in told) == 1
