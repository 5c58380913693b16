"""A gateway that nothing it needs is left to: every answer is in the one format, in time, and readable by a page."""

from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from sandbox.environment import DASHBOARD_ORIGINS
from sandbox.faults import Faults
from sandbox.ports import LOOPBACK, free_port
from sandbox.redis_server import RedisServer
from sandbox.stack import Stack
from tests.e2e.browser import Answer, Browser, assert_house_error
from tests.support.eventually import PATIENCE_S
from tests.support.further_gateway import FurtherGateway, further_gateway
from tests.support.servers import running

ORIGIN = {"Origin": DASHBOARD_ORIGINS[0]}
KEY = {"Idempotency-Key": "a-key"}
ORDER = {"expected_essay_count": 1, "course_code": "ENG5"}
TRIES = 6
DECIDED_WITHIN_S = PATIENCE_S
"""50 ms, and what a busy machine adds; by itself a hung Redis never answers."""


def nowhere(scheme: str = "http") -> str:
    """Return where nobody listens."""
    return f"{scheme}://{LOOPBACK}:{free_port()}"


@pytest_asyncio.fixture(scope="module")
async def alone(sandbox: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FurtherGateway]:
    """A gateway without Redis, without Kafka, and with three services dead."""
    async with further_gateway(
        sandbox,
        tmp_path_factory.mktemp("alone"),
        API_GATEWAY_REDIS_URL=nowhere("redis"),
        API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS=urlsplit(nowhere()).netloc,
        API_GATEWAY_RESULT_AGGREGATOR_URL=nowhere(),
        API_GATEWAY_CMS_API_URL=nowhere(),
        API_GATEWAY_FILE_SERVICE_URL=nowhere(),
        API_GATEWAY_HTTP_CIRCUIT_BREAKER_FAILURE_THRESHOLD="1",
    ) as gateway:
        yield gateway


@pytest_asyncio.fixture
async def lonely(alone: FurtherGateway, session: aiohttp.ClientSession) -> Browser:
    """Maria's browser at that gateway: the identity service and the Batch Orchestrator live."""
    return await Browser(session, alone.addresses).logged_in(0)


def assert_told_to_wait(answer: Answer, *, code: str) -> dict[str, object]:
    """Claim that the answer is a 503 with a time to come back, readable by a page; return its details."""
    details = assert_house_error(answer, status=503, code=code)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    return details


@pytest.mark.parametrize("path", ["/v1/batches", "/v1/classes", "/v1/files/batch/some/state"])
async def test_a_dead_service_is_a_502_and_then_left_alone(lonely: Browser, path: str) -> None:
    """The first calls say that it can't be reached, the next that nobody tries any more."""
    first = await lonely.call("GET", path, headers=ORIGIN)
    second = await lonely.call("GET", path, headers=ORIGIN)

    assert_house_error(first, status=502, code="EXTERNAL_SERVICE_ERROR")
    assert first.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert_told_to_wait(second, code="CIRCUIT_BREAKER_OPEN")


async def test_a_key_that_cannot_be_kept_is_refused(lonely: Browser) -> None:
    """Without Redis a keyed request does nothing and says so; the same one without a key is served."""
    keyed = await lonely.call("POST", "/v1/batches/register", json=ORDER, headers=ORIGIN | KEY)
    plain = await lonely.call("POST", "/v1/batches/register", json=ORDER, headers=ORIGIN)

    assert_told_to_wait(keyed, code="SERVICE_UNAVAILABLE")
    assert plain.status == 202


async def test_a_ticket_that_cannot_be_kept_is_not_issued(lonely: Browser) -> None:
    """503, and the dashboard may fall back on its token."""
    answer = await lonely.call("POST", "/v1/ws/tickets", headers=ORIGIN)

    assert_told_to_wait(answer, code="CONNECTION_ERROR")


async def test_a_command_nobody_takes_was_not_sent(lonely: Browser) -> None:
    """In time, with what is known of it."""
    batch_id = await lonely.new_batch(shown=False)
    begun = perf_counter()

    answer = await lonely.start(batch_id, "nlp", headers=ORIGIN)

    assert perf_counter() - begun < 5.0 + DECIDED_WITHIN_S
    assert assert_told_to_wait(answer, code="KAFKA_PUBLISH_ERROR")["outcome"] == "not_sent"


async def test_limits_still_count(lonely: Browser) -> None:
    """This replica's own budgets are told and spent."""
    answer = await lonely.call("GET", "/v1/errors")

    left = int(answer.headers["RateLimit"].split("r=")[1].split(";")[0])
    quota = int(answer.headers["RateLimit-Policy"].split("q=")[1].split(";")[0])
    assert 0 < left < quota


async def test_it_says_how_it_is_and_stays_ready(lonely: Browser) -> None:
    """Degraded, with names, and no reason to be taken out of service."""
    health = await lonely.call("GET", "/healthz")
    readiness = await lonely.call("GET", "/readyz")

    assert (health.status, health.body["status"], readiness.status) == (200, "degraded", 200)
    assert health.body["dependencies"]["redis"]["status"] == "unhealthy"
    assert health.body["dependencies"]["kafka"]["status"] == "unhealthy"


@pytest.mark.parametrize("broken", ["frozen", "killed"])
async def test_a_redis_that_goes_holds_nobody_up(
    sandbox: Stack, session: aiohttp.ClientSession, tmp_path: Path, broken: str
) -> None:
    """Requests are decided here within moments of Redis's end, and by Redis again when it is back."""
    async with (
        running(RedisServer(tmp_path)) as redis,
        further_gateway(sandbox, tmp_path, API_GATEWAY_REDIS_URL=redis.url) as gateway,
    ):
        faults = Faults({"valkey": redis})
        maria = await Browser(session, gateway.addresses).logged_in(0)
        async with faults.freeze("valkey") if broken == "frozen" else faults.without("valkey"):
            times = []
            for _ in range(TRIES):
                begun = perf_counter()
                answer = await maria.call("GET", "/v1/classes")
                times.append((answer.status, perf_counter() - begun))
            keyed = await maria.call("POST", "/v1/batches/register", json=ORDER, headers=ORIGIN | KEY)
        again = await maria.call("POST", "/v1/batches/register", json=ORDER, headers=KEY)

    assert {status for status, _ in times} == {200}
    assert max(took_s for _, took_s in times) < DECIDED_WITHIN_S
    assert_told_to_wait(keyed, code="SERVICE_UNAVAILABLE")
    assert again.status in {202, 409}
