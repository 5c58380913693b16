"""Circuits: what opens them, what closes them, and what says nothing of an upstream (docs/gateway.md, row 12)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api_gateway.upstream.ports import CircuitState, UpstreamName, UpstreamRequest
from common.errors.exceptions import HuleEduError
from tests.fakes.clock import FakeClock
from tests.support.flaky_upstream import Flaky, breaking, outcome
from tests.support.misbehaviours import garbage
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest
from tests.support.upstream_adapters import GET, POST, adapter_for, options_for


@pytest.mark.parametrize("failure", [502, 503, 504, 0, -1])
async def test_the_circuit_opens_after_failures_in_a_row(failure: int) -> None:
    """502 to 504, timeouts and lost connections count; then nothing is sent, and callers are told when to come."""
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


async def test_a_success_between_failures_starts_the_count_anew() -> None:
    """Failures open it only in a row."""
    async with Flaky(503, 503, 200, 503, 503) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        got = [(await outcome(adapter))[0] for _ in range(5)]

        assert got == [502, 502, 200, 502, 502]
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_a_request_counts_once_however_often_it_was_repeated() -> None:
    """One reader whose request is made three times fails once."""
    async with Flaky(*[503] * 9) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(2):
            await outcome(adapter, GET)
        after_two = adapter.upstreams.circuits()[UpstreamName.CMS]
        await outcome(adapter, GET)

        assert len(upstream.requests) == 9
        assert after_two is CircuitState.CLOSED
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.OPEN


async def test_what_a_further_attempt_mends_was_no_failure() -> None:
    """The request succeeded, and clears the count."""
    async with Flaky(503, 503, 503, 200, 503, 503) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for request in (POST, POST, GET, POST, POST):
            await outcome(adapter, request)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


@pytest.mark.parametrize("status", [500, 501, 505])
@pytest.mark.parametrize("answers", [frozenset[int](), frozenset({500, 501, 505})], ids=["raised", "read by the route"])
async def test_a_500_neither_counts_nor_clears(status: int, answers: frozenset[int]) -> None:
    """The platform answers it to bad input: it never opens the circuit, and hides no failures either."""
    asked = replace(POST, answers=answers)
    async with (
        Flaky(*[status] * 5, 503, status, 503, status, 503) as upstream,
        adapter_for(breaking(upstream), FakeClock()) as adapter,
    ):
        for _ in range(9):
            await outcome(adapter, asked)
        before = adapter.upstreams.circuits()[UpstreamName.CMS]
        await outcome(adapter, asked)

        assert before is CircuitState.CLOSED
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.OPEN


async def test_a_500_as_the_probe_leaves_it_half_open() -> None:
    """The next request may probe at once."""
    clock = FakeClock()
    async with Flaky(503, 503, 503, 500, 200, 500, 200) as upstream, adapter_for(breaking(upstream), clock) as adapter:
        for _ in range(3):
            await outcome(adapter)
        clock.advance(60)
        got = []
        for _ in range(3):
            got.append((await outcome(adapter))[0])
            assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.HALF_OPEN
        got.append((await outcome(adapter))[0])

        assert got == [502, 200, 502, 200]
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


SHAPE_A = b'{"error": {"code": "SERVICE_UNAVAILABLE", "message": "RAS is away.", "service": "bff"}}'
SHAPE_B = b'{"error": {"error_code": "SERVICE_UNAVAILABLE", "message": "RAS is away.", "service": "bff"}}'


@pytest.mark.parametrize("request_", [POST, GET, replace(POST, path="/internal/v1/x")])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [SHAPE_A, SHAPE_B])
async def test_a_services_own_word_is_an_answer(request_: UpstreamRequest, status: int, body: bytes) -> None:
    """An error in the platform's shapes says that the service works, whatever its status."""

    async def own_word(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.answer(body, status=f"{status} Whatever")

    async with HttpUpstream(own_word) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(5):
            await outcome(adapter, request_)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_a_text_of_the_services_is_no_such_word() -> None:
    """What stands before a service answers 503 with some JSON too."""

    async def answer(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.answer(b'{"error": "no healthy upstream"}', status="503 Service Unavailable")

    async with HttpUpstream(answer) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(3):
            await outcome(adapter)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.OPEN


async def test_answers_that_break_off_open_the_circuit() -> None:
    """A good head doesn't make up for bodies that never end well."""

    async def break_off(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        connection.reset()

    async with HttpUpstream(break_off) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(3):
            await outcome(adapter)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.OPEN


@pytest.mark.parametrize(
    ("method", "coding", "body"),
    [("HEAD", b"", b""), ("POST", b"Content-Encoding: br\r\n", b"\x0b"), ("POST", b"", b" " * 65_537)],
    ids=["HEAD", "a coding that the caller asked for", "too long"],
)
async def test_an_error_that_cannot_be_read_neither_counts_nor_clears(method: str, coding: bytes, body: bytes) -> None:
    """It may be the service's own word, which a caller could hide by the way it asks."""

    async def answer(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.answer(body, status="502 Bad Gateway", headers=coding)

    async with HttpUpstream(answer) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(5):
            await outcome(adapter, replace(POST, method=method))

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_what_is_no_http_opens_the_circuit() -> None:
    """Something else listens at that port."""
    async with RawUpstream(garbage) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(3):
            await outcome(adapter)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.OPEN


async def test_one_upstreams_circuit_is_its_own() -> None:
    """Others are still called."""
    async with Flaky(503, 503, 503) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(3):
            await outcome(adapter)

        got = await outcome(adapter, replace(POST, upstream=UpstreamName.BOS))

    assert got == (200, "")


async def test_the_circuit_closes_after_two_good_probes() -> None:
    """After the recovery time calls are let through one by one, and then all of them."""
    clock = FakeClock()
    async with Flaky(503, 503, 503) as upstream, adapter_for(breaking(upstream), clock) as adapter:
        for _ in range(3):
            await outcome(adapter)
        clock.advance(60)
        got = [await outcome(adapter), await outcome(adapter)]

        assert got == [(200, ""), (200, "")]
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_a_disabled_circuit_lets_everything_through(flaky_forever: Flaky) -> None:
    """CIRCUIT_BREAKER_ENABLED=false."""
    async with adapter_for(options_for(flaky_forever.url)) as adapter:
        for _ in range(20):
            await outcome(adapter)

    assert len(flaky_forever.requests) == 20


@pytest.fixture
async def flaky_forever() -> AsyncIterator[Flaky]:
    """Return an upstream that fails 20 times."""
    async with Flaky(*[503] * 20) as upstream:
        yield upstream
