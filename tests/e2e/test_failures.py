"""Something breaks in the middle of the day: every answer is clear, in the one format and in time, and it mends."""

import asyncio
import json
from collections.abc import AsyncIterator
from time import perf_counter

import aiohttp
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from sandbox.faults import Faults, set_dials
from sandbox.options import StackOptions
from sandbox.stack import Stack
from tests.e2e.browser import Browser, assert_house_error
from tests.e2e.conftest import UNHURRIED
from tests.support.eventually import PATIENCE_S, eventually

# Deadlines short enough to wait for, and circuits that close again at once.
IMPATIENT = {
    **UNHURRIED,
    "API_GATEWAY_HTTP_CLIENT_TIMEOUT_SECONDS": "4",
    "API_GATEWAY_HTTP_CLIENT_CONNECT_TIMEOUT_SECONDS": "3",
    "API_GATEWAY_HTTP_CIRCUIT_BREAKER_FAILURE_THRESHOLD": "1000",
    "API_GATEWAY_HTTP_CIRCUIT_BREAKER_RECOVERY_TIMEOUT": "0.2",
}
ANSWERED_WITHIN_S = 4.0 + PATIENCE_S
COMMAND_ANSWERED_WITHIN_S = 5.0 + PATIENCE_S
"""The deadlines, and what a busy machine adds; without them there would be no answer at all."""

SOCKET_CLOSED_WITHIN_S = PATIENCE_S
MENDED_WITHIN_S = 60.0


@pytest_asyncio.fixture(scope="module")
async def broken(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A sandbox to break: each test mends what it broke. Its logs are in pytest's temporary folder ``broken0``."""
    logs = tmp_path_factory.mktemp("broken")
    options = StackOptions(phase_s=0.05, gateway_environment=IMPATIENT, logs=logs)
    async with Stack(options) as stack:
        yield stack


@pytest.fixture
def faults(broken: Stack) -> Faults:
    """Ways to break it."""
    return Faults(broken.parts.processes)


@pytest_asyncio.fixture
async def teacher(broken: Stack, session: aiohttp.ClientSession) -> Browser:
    """Maria's browser at the sandbox to break, logged in."""
    return await Browser(session, broken.addresses).logged_in(0)


async def hears_of_a_new_class(teacher: Browser) -> bool:
    """Tell whether a class that is created now is heard of on a fresh feed."""
    try:
        async with teacher.feed() as feed, asyncio.timeout(PATIENCE_S):
            await feed.until("class_created", class_id=await teacher.new_class())
    except (OSError, TimeoutError, ConnectionClosed):
        return False
    return True


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        ("502", 502, "EXTERNAL_SERVICE_ERROR"),
        ("500", 502, "EXTERNAL_SERVICE_ERROR"),
        ("reset", 502, "EXTERNAL_SERVICE_ERROR"),
        ("garbage", 502, "INVALID_RESPONSE"),
        ("hang", 504, "TIMEOUT"),
        ("trickle", 504, "TIMEOUT"),
    ],
)
async def test_an_upstreams_misbehaviour_is_one_clear_error(
    broken: Stack, teacher: Browser, failure: str, status: int, code: str
) -> None:
    """Whatever the result aggregator does to a status request, the teacher gets one answer, before the deadline."""
    batch_id = await teacher.new_batch()
    async with set_dials(broken.addresses.upstreams["ras"], failure=failure):
        begun = perf_counter()
        answer = await teacher.call("GET", f"/v1/batches/{batch_id}/status")
        took_s = perf_counter() - begun

    assert_house_error(answer, status=status, code=code)
    assert took_s < ANSWERED_WITHIN_S
    assert await teacher.status(batch_id) == "pending_content"


async def test_a_dead_service_is_a_502_and_others_are_served(broken: Stack, faults: Faults, teacher: Browser) -> None:
    """With every upstream dead the gateway still answers for itself, and works again when they are back."""
    async with faults.without("upstreams"):
        begun = perf_counter()
        answer = await teacher.call("GET", "/v1/batches")
        took_s = perf_counter() - begun
        health = await teacher.call("GET", "/readyz")

    assert_house_error(answer, status=502, code="EXTERNAL_SERVICE_ERROR")
    assert took_s < ANSWERED_WITHIN_S
    assert health.status == 200
    assert (await teacher.call("GET", "/v1/batches")).status == 200
    assert broken.parts.upstreams.running


@pytest.mark.parametrize("break_broker", ["killed", "frozen"])
async def test_without_the_broker_a_command_is_refused_in_time(
    faults: Faults, teacher: Browser, break_broker: str
) -> None:
    """503 with Retry-After and an outcome, never a 202 that nobody acknowledged; later the same command passes."""
    batch_id = await teacher.new_batch()
    breaking = faults.without("kafka") if break_broker == "killed" else faults.freeze("kafka")
    async with breaking:
        begun = perf_counter()
        answer = await teacher.start(batch_id, "nlp")
        took_s = perf_counter() - begun

    details = assert_house_error(answer, status=503, code="KAFKA_PUBLISH_ERROR")
    assert details["outcome"] in {"not_sent", "unknown"}
    assert int(answer.headers["Retry-After"]) >= 1
    assert took_s < COMMAND_ANSWERED_WITHIN_S
    await eventually(lambda: starts(teacher, batch_id), within_s=MENDED_WITHIN_S)


async def starts(teacher: Browser, batch_id: str) -> bool:
    """Tell whether a pipeline can be started."""
    return (await teacher.start(batch_id, "nlp")).status == 202


async def test_without_redis_requests_are_served_and_new_sockets_are_told_to_wait(
    broken: Stack, faults: Faults, teacher: Browser
) -> None:
    """REST goes on; a socket that arrives is closed with 1013 and a time; later everything is heard again."""
    async with faults.without("valkey"):
        begun = perf_counter()
        answer = await teacher.call("GET", "/v1/batches")
        took_s = perf_counter() - begun
        protocols = ["huleedu.v1", f"bearer.{teacher.token}"]
        async with connect(broken.addresses.websocket, subprotocols=protocols) as socket:  # type: ignore[arg-type]
            await asyncio.wait_for(socket.wait_closed(), SOCKET_CLOSED_WITHIN_S)

    assert answer.status == 200
    assert took_s < ANSWERED_WITHIN_S
    assert socket.close_code == 1013
    assert json.loads(socket.close_reason or "{}")["retry_after_ms"] > 0
    await eventually(lambda: hears_of_a_new_class(teacher), within_s=MENDED_WITHIN_S)


async def test_a_live_socket_outlives_redis(faults: Faults, teacher: Browser) -> None:
    """The feed stays open while Valkey is killed and started again, and then brings what happens."""
    async with teacher.feed() as feed:
        async with faults.without("valkey"):
            await teacher.call("GET", "/v1/batches")
        heard = await feed.until("class_created", class_id=await teacher.new_class("8E"))

    assert heard["class_designation"] == "8E"


async def test_a_killed_websocket_service_takes_no_request_with_it(faults: Faults, teacher: Browser) -> None:
    """The socket breaks without a close frame, REST goes on, and whoever comes back hears what happened meanwhile."""
    async with teacher.feed() as feed:
        async with faults.without("websocket_service"):
            await asyncio.wait_for(feed.socket.wait_closed(), SOCKET_CLOSED_WITHIN_S)
            class_id = await teacher.new_class("8F")
        async with teacher.feed(cursor=feed.frames[0]["data"]["cursor"]) as again:
            heard = await again.until("class_created", class_id=class_id)

    assert feed.socket.close_code == 1006
    assert heard["class_designation"] == "8F"


async def test_a_stopped_websocket_service_says_so(faults: Faults, teacher: Browser) -> None:
    """SIGTERM closes sockets with 1012 and a time to come back."""
    async with teacher.feed() as feed:
        await faults.stop("websocket_service")
        await feed.socket.wait_closed()
    await faults.start("websocket_service")

    assert feed.socket.close_code == 1012
    assert json.loads(feed.socket.close_reason or "{}")["error_code"] == "SERVICE_RESTART"


async def test_a_killed_gateway_leaves_the_feed_alone(faults: Faults, teacher: Browser, broken: Stack) -> None:
    """The services don't know each other; after a restart the same token is good."""
    async with teacher.feed() as feed, faults.without("api_gateway"), aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(broken.addresses.gateway + "/livez")
        await feed.socket.send('{"type":"ping"}')
        pong = json.loads(await feed.socket.recv())

    assert pong["event"] == "feed.pong"
    assert (await teacher.call("GET", "/v1/batches")).status == 200


async def test_a_denied_pipeline_says_why_and_is_told_live(broken: Stack, teacher: Browser) -> None:
    """402 with the figures, the same on the feed; 429 with the time to wait."""
    batch_id = await teacher.new_batch(prompt=True)
    bos = broken.addresses.upstreams["bos"]
    async with teacher.feed() as feed, aiohttp.ClientSession() as client:
        await client.put(f"{bos}/_sandbox/preflight", json={"outcome": "insufficient_credits"})
        poor = await teacher.start(batch_id, "cj_assessment")
        heard = await feed.until("pipeline_denied_insufficient_credits", batch_id=batch_id)
        await client.put(f"{bos}/_sandbox/preflight", json={"outcome": "rate_limit"})
        hasty = await teacher.start(batch_id, "cj_assessment")
        await client.put(f"{bos}/_sandbox/preflight", json={"outcome": "not_allowed"})
        forbidden = await teacher.start(batch_id, "cj_assessment")

    details = assert_house_error(poor, status=402, code="INSUFFICIENT_CREDITS")
    assert details["required_credits"] == heard["required_credits"] == 2
    assert_house_error(hasty, status=429, code="RATE_LIMIT")
    assert_house_error(forbidden, status=403, code="AUTHORIZATION_ERROR")
