"""Retries and circuits against upstreams that fail for a while."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise

import pytest

from api_gateway.adapters.circuit_breaker import BreakerRules
from api_gateway.adapters.retries import Retries
from api_gateway.adapters.upstream_http import UpstreamOptions
from api_gateway.domain import CircuitState, UpstreamName, UpstreamRequest
from common.errors.exceptions import HuleEduError
from tests.fakes.clock import FakeClock
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest, nobody_listening
from tests.support.upstream_adapters import GET, PATIENT_S, POST, Adapter, adapter_for, options_for

BREAKER = BreakerRules(failure_threshold=3, recovery_s=60, success_threshold=2)


class Flaky(HttpUpstream):
    """An upstream that answers with ``statuses`` one after the other, then with 200; 0 hangs, -1 closes."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(self._next)
        self.statuses = list(statuses)

    async def _next(self, connection: Connection, request: ReceivedRequest) -> None:
        status = self.statuses.pop(0) if self.statuses else 200
        if status < 0:
            connection.reset()
        elif not status:
            await connection.hang()
        else:
            await connection.answer(b"" if request.method == "HEAD" else b"ok", status=f"{status} Whatever")


def breaking(upstream: RawUpstream) -> UpstreamOptions:
    """Return options whose circuits open after three failures."""
    return replace(options_for(upstream.url), breaker=BREAKER)


async def outcome(adapter: Adapter, request: UpstreamRequest = POST) -> tuple[int, str]:
    """Return status and code of a call."""
    try:
        reply = await adapter.upstreams.fetch(request)
    except HuleEduError as error:
        return error.status_code, str(error.error_code)
    return reply.status, ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [502, 503, 504, -1])
async def test_a_read_gets_over_two_failures(method: str, status: int) -> None:
    """The third attempt is the caller's answer."""
    async with Flaky(status, status) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        got = await outcome(adapter, replace(GET, method=method))
        retries = adapter.count("upstream_retries_total", upstream="cms")

    assert got == (200, "")
    assert len(upstream.requests) == 3
    assert retries == 2


async def test_a_read_gives_up_after_three_attempts() -> None:
    """The last failure is told."""
    async with Flaky(503, 502, 504, 200) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(GET)

    assert raised.value.error_detail.details["upstream_status"] == 504
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("status", [500, 501, 400, 404, 409, 429])
async def test_other_statuses_are_not_repeated(status: int) -> None:
    """Only 502, 503 and 504 say that another attempt may help."""
    async with Flaky(status) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        got = await outcome(adapter, GET)

    assert got[0] == (502 if status >= 500 else status)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("status", [503, -1])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_is_sent_once(method: str, status: int) -> None:
    """Neither we nor aiohttp send it again, not even over a connection that was used before."""
    async with Flaky(200, status) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        await outcome(adapter, GET)
        got = await outcome(adapter, replace(GET, method=method))

    assert got == (502, "EXTERNAL_SERVICE_ERROR")
    assert [request.method for request in upstream.requests] == ["GET", method]


async def test_a_refused_connection_is_tried_again() -> None:
    """Nothing was sent, so a read loses nothing by another attempt."""
    async with nobody_listening() as url, adapter_for(options_for(url)) as adapter:
        await outcome(adapter, GET)

        assert adapter.count("upstream_retries_total", upstream="cms") == 2


async def test_pauses_stand_between_attempts() -> None:
    """Each further attempt waits what was drawn for it."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    draws = iter([0.0, 1.0])
    retries = Retries(draw=lambda: next(draws), sleep=sleep)
    async with Flaky(503, 503) as upstream, adapter_for(replace(options_for(upstream.url), retries=retries)) as adapter:
        await outcome(adapter, GET)

    assert slept == pytest.approx([0.025, 0.25])


async def test_no_pause_beyond_the_deadline() -> None:
    """A pause that would outlast the total isn't begun."""
    retries = Retries(least_pause_s=2 * PATIENT_S, longest_pause_s=2 * PATIENT_S)
    async with Flaky(503) as upstream, adapter_for(replace(options_for(upstream.url), retries=retries)) as adapter:
        got = await outcome(adapter, GET)

    assert got == (502, "EXTERNAL_SERVICE_ERROR")


async def test_attempts_share_the_deadline() -> None:
    """Further attempts don't get the total anew, and each upstream is told what is left."""

    async def slow_failure(connection: Connection, _request: ReceivedRequest) -> None:
        await asyncio.sleep(1.1)
        await connection.answer(status="503 Later")

    async with (
        HttpUpstream(slow_failure) as upstream,
        adapter_for(replace(options_for(upstream.url), timeout_s=3.0)) as adapter,
    ):
        got = await outcome(adapter, GET)

    budgets_ms = [int(request.values("x-request-deadline-ms")[0]) for request in upstream.requests]
    assert got == (504, "TIMEOUT")
    assert len(budgets_ms) > 1
    assert all(later <= earlier - 1100 for earlier, later in pairwise(budgets_ms))


@pytest.mark.parametrize("failure", [500, 503, 0, -1])
async def test_the_circuit_opens_after_failures_in_a_row(failure: int) -> None:
    """5xx, timeouts and lost connections count; then nothing is sent and the caller is told when to come again."""
    async with (
        Flaky(*[failure] * 3) as upstream,
        adapter_for(replace(breaking(upstream), timeout_s=0.3), FakeClock()) as adapter,
    ):
        for _ in range(3):
            await outcome(adapter)
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(POST)
        circuit = adapter.upstreams.circuits()[UpstreamName.CMS]
        refused = adapter.count("upstream_refusals_total", upstream="cms", reason="circuit")
        shown_open = adapter.count("upstream_circuit_state", upstream="cms", state="open")

    assert (raised.value.status_code, raised.value.error_code) == (503, "CIRCUIT_BREAKER_OPEN")
    assert raised.value.headers["Retry-After"] == "60"
    assert "error=destination_unavailable" in raised.value.headers["Proxy-Status"]
    assert len(upstream.requests) == 3
    assert circuit is CircuitState.OPEN
    assert (refused, shown_open) == (1, 1)


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429])
async def test_4xx_never_opens_the_circuit(status: int) -> None:
    """A service that refuses requests works."""
    async with Flaky(*[status] * 10) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(10):
            await outcome(adapter)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def pieces() -> AsyncIterator[bytes]:
    """Yield more than any buffer on the way takes."""
    for _ in range(1_000):
        yield bytes(65_536)


async def test_what_callers_send_never_opens_the_circuit() -> None:
    """A service that won't read a large body to its end may close on it: any caller can have that."""

    async def refuse_unread(connection: Connection) -> None:
        await connection.head()
        await connection.some()
        connection.reset()

    async with RawUpstream(refuse_unread) as upstream, adapter_for(breaking(upstream)) as adapter:
        got = [await outcome(adapter, replace(POST, body=pieces())) for _ in range(5)]

        assert set(got) == {(502, "EXTERNAL_SERVICE_ERROR")}
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_callers_that_leave_never_open_the_circuit() -> None:
    """Their requests end without an answer, which is nobody's failure."""
    async with Flaky(*[0] * 10) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(10):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await adapter.upstreams.fetch(POST)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_answers_that_break_off_open_the_circuit() -> None:
    """A good head doesn't make up for bodies that never end well."""

    async def break_off(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        connection.reset()

    async with HttpUpstream(break_off) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(3):
            await outcome(adapter)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.OPEN


async def test_one_upstreams_circuit_is_its_own() -> None:
    """Others are still called."""
    async with Flaky(500, 500, 500) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(3):
            await outcome(adapter)

        got = await outcome(adapter, replace(POST, upstream=UpstreamName.BOS))

    assert got == (200, "")


async def test_the_circuit_closes_after_two_good_probes() -> None:
    """After the recovery time calls are let through one by one, and then all of them."""
    clock = FakeClock()
    async with Flaky(500, 500, 500) as upstream, adapter_for(breaking(upstream), clock) as adapter:
        for _ in range(3):
            await outcome(adapter)
        clock.advance(60)
        got = [await outcome(adapter), await outcome(adapter)]

        assert got == [(200, ""), (200, "")]
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_a_retry_never_meets_an_open_circuit() -> None:
    """The failure that opened it is told, not that it is open, and no further attempt is made."""
    async with Flaky(*[503] * 5) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        first = await outcome(adapter, POST)
        second = await outcome(adapter, GET)

    assert first == second == (502, "EXTERNAL_SERVICE_ERROR")
    assert len(upstream.requests) == 3


async def test_a_disabled_circuit_lets_everything_through(flaky_forever: Flaky) -> None:
    """CIRCUIT_BREAKER_ENABLED=false."""
    async with adapter_for(options_for(flaky_forever.url)) as adapter:
        for _ in range(20):
            await outcome(adapter)

    assert len(flaky_forever.requests) == 20


@pytest.fixture
async def flaky_forever() -> AsyncIterator[Flaky]:
    """Return an upstream that fails 20 times."""
    async with Flaky(*[500] * 20) as upstream:
        yield upstream
