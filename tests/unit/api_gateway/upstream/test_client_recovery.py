"""Retries against upstreams that fail for a while."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from api_gateway.upstream.retry import RetryPolicy
from common.errors.exceptions import HuleEduError
from tests.fakes.clock import FakeClock
from tests.support.flaky_upstream import Flaky, breaking, outcome
from tests.support.raw_upstream import Connection, HttpUpstream, ReceivedRequest, nobody_listening
from tests.support.upstream_adapters import GET, PATIENT_S, POST, adapter_for, options_for


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


async def test_a_pause_that_outlasts_the_deadline_after_all_ends_with_the_failure() -> None:
    """A pause on a busy machine may take longer than it was meant to; the caller is told what failed."""

    async def oversleep(_seconds: float) -> None:
        await asyncio.Event().wait()

    retries = RetryPolicy(sleep=oversleep)
    async with Flaky(503) as upstream:
        options = replace(options_for(upstream.url), retries=retries, timeout_s=1.0)
        async with adapter_for(options) as adapter:
            got = await outcome(adapter, GET)

    assert got == (502, "EXTERNAL_SERVICE_ERROR")


async def test_pauses_stand_between_attempts() -> None:
    """Each further attempt waits what was drawn for it."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    draws = iter([0.0, 1.0])
    retries = RetryPolicy(draw=lambda: next(draws), sleep=sleep)
    async with Flaky(503, 503) as upstream, adapter_for(replace(options_for(upstream.url), retries=retries)) as adapter:
        await outcome(adapter, GET)

    assert slept == pytest.approx([0.025, 0.25])


async def test_no_pause_beyond_the_deadline() -> None:
    """A pause that would outlast the total isn't begun."""
    retries = RetryPolicy(least_pause_s=2 * PATIENT_S, longest_pause_s=2 * PATIENT_S)
    async with Flaky(503) as upstream, adapter_for(replace(options_for(upstream.url), retries=retries)) as adapter:
        got = await outcome(adapter, GET)

    assert got == (502, "EXTERNAL_SERVICE_ERROR")


async def test_attempts_share_the_deadline() -> None:
    """Further attempts don't get the total anew, and each upstream is told what is left."""

    async def slow_failure(connection: Connection, _request: ReceivedRequest) -> None:
        await asyncio.sleep(1.1)  # a real upstream is slow in real time
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


async def test_a_retry_never_meets_an_open_circuit() -> None:
    """A circuit that others open while it rests ends it with its own failure, and nothing more is sent."""

    async def others_fail(_seconds: float) -> None:
        for _ in range(3):
            await outcome(adapter, POST)

    async with Flaky(*[503] * 9) as upstream:
        options = replace(breaking(upstream), retries=RetryPolicy(sleep=others_fail))
        async with adapter_for(options, FakeClock()) as adapter:
            got = await outcome(adapter, GET)

    assert got == (502, "EXTERNAL_SERVICE_ERROR")
    assert len(upstream.requests) == 4
