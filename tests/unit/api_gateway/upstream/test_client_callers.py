"""No caller opens a circuit, or keeps one open, by what he sends or how he behaves (docs/gateway.md, row 12)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api_gateway.upstream.ports import CircuitState, UpstreamName, UpstreamRequest
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_payload_too_large
from tests.fakes.clock import FakeClock
from tests.support.eventually import eventually
from tests.support.flaky_upstream import BREAKER, Flaky, breaking, outcome
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest, nobody_listening
from tests.support.upstream_adapters import GET, POST, adapter_for, options_for


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


async def refused() -> AsyncIterator[bytes]:
    """Yield a little, then end as a body over a limit does."""
    yield bytes(65_536)
    raise_payload_too_large(service="s", operation="o", message="Too large.", correlation_id=correlation_id())


async def test_bodies_that_are_refused_on_the_way_never_open_it() -> None:
    """The gateway itself cuts them off, and the service has done nothing wrong."""

    async def read(connection: Connection) -> None:
        await connection.body(await connection.head())

    async with RawUpstream(read) as upstream, adapter_for(breaking(upstream)) as adapter:
        got = [await outcome(adapter, replace(POST, body=refused())) for _ in range(5)]

        assert set(got) == {(413, "PAYLOAD_TOO_LARGE")}
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def whole() -> AsyncIterator[bytes]:
    """Yield a body that a connection's buffers take whole."""
    yield bytes(65_537)


LONG_HEAD = replace(GET, method="DELETE", headers=[("X-Long", "x" * 8_000)])


@pytest.mark.parametrize(
    "request_",
    [replace(POST, json="x" * 65_536), replace(POST, query="x" * 8_000), LONG_HEAD],
    ids=["JSON", "query", "headers"],
)
async def test_requests_that_a_server_may_refuse_by_closing_never_open_it(request_: UpstreamRequest) -> None:
    """A large body can go out whole and lie unread as the server closes; a long head can be too much for it."""

    async def refuse_unread(connection: Connection) -> None:
        await connection.some(1)
        connection.reset()

    async with RawUpstream(refuse_unread) as upstream, adapter_for(breaking(upstream)) as adapter:
        for _ in range(5):
            await outcome(adapter, request_)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_a_body_that_went_out_whole_may_be_unread_all_the_same() -> None:
    """It lies in the kernel's buffers; a service that is away altogether refuses connections, which counts."""

    async def take_head(connection: Connection) -> None:
        request = await connection.head()
        await connection.body(request)
        connection.reset()

    request = replace(POST, content_length=65_537)
    async with RawUpstream(take_head) as upstream, adapter_for(breaking(upstream)) as adapter:
        for _ in range(5):
            await outcome(adapter, replace(request, body=whole()))

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_a_small_body_that_is_still_coming_may_be_refused_too() -> None:
    """What there was of it didn't please the service, or the service didn't want to wait."""
    refused = asyncio.Event()

    async def refuse(connection: Connection) -> None:
        await connection.head()
        connection.reset()

    async def one_byte() -> AsyncIterator[bytes]:
        yield b"a"
        await refused.wait()

    async with RawUpstream(refuse) as upstream, adapter_for(breaking(upstream)) as adapter:
        for _ in range(5):
            await outcome(adapter, replace(POST, body=one_byte()))

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


@pytest.mark.parametrize(
    "request_",
    [replace(POST, body=pieces()), replace(POST, json="x" * 65_536), LONG_HEAD],
    ids=["body", "JSON", "head"],
)
async def test_whatever_is_sent_to_a_service_that_is_away_opens_it(request_: UpstreamRequest) -> None:
    """No caller can have a connection refused."""
    async with nobody_listening() as url:
        options = replace(options_for(url), breaker=BREAKER)
        async with adapter_for(options) as adapter:
            for _ in range(3):
                await outcome(adapter, request_)

            assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.OPEN


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /" + b"x" * 9_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename="a\rb"\r\nContent-Length: 0\r\n\r\n',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["a target given back", "a file's name given back", "an unknown coding"],
)
async def test_answers_that_cannot_be_passed_on_neither_count_nor_clear(head: bytes) -> None:
    """The service answered, and what is wrong with its answer may be this caller's alone."""

    async def answer(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.send(head)

    async with HttpUpstream(answer) as upstream, adapter_for(breaking(upstream)) as adapter:
        for _ in range(5):
            assert await outcome(adapter) == (502, "INVALID_RESPONSE")

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_callers_that_do_not_read_never_open_it() -> None:
    """A server closes on them after a while, as it would on any client."""

    async def break_off(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        connection.reset()

    clock = FakeClock()
    async with HttpUpstream(break_off) as upstream, adapter_for(breaking(upstream), clock) as adapter:
        for _ in range(5):
            stream = await adapter.upstreams.open(POST)
            await anext(stream.body)
            clock.advance(5)
            with pytest.raises(HuleEduError):
                await anext(stream.body)
            await stream.close()

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


@pytest.mark.parametrize(("pause_s", "circuit"), [(5.0, CircuitState.CLOSED), (0.1, CircuitState.OPEN)])
async def test_callers_that_send_slowly_never_open_it(pause_s: float, circuit: CircuitState) -> None:
    """What a proxy before the service answers then is about them; to others it is about the service."""
    clock = FakeClock()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"a"
        clock.advance(pause_s)
        yield b"b"

    async with Flaky(*[504] * 5) as upstream, adapter_for(breaking(upstream), clock) as adapter:
        for _ in range(5):
            await outcome(adapter, replace(POST, body=slowly()))

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is circuit


async def test_an_upload_that_stands_still_holds_no_probe_back() -> None:
    """The one caller let through to a half-open circuit can't keep the others out by sending no more."""
    clock, more = FakeClock(), asyncio.Event()

    async def standing_still() -> AsyncIterator[bytes]:
        yield b"a"
        await more.wait()
        yield b"b"

    async with Flaky(503, 503, 503) as upstream, adapter_for(breaking(upstream), clock) as adapter:
        for _ in range(3):
            await outcome(adapter)
        clock.advance(60)
        async with asyncio.TaskGroup() as group:
            upload = group.create_task(outcome(adapter, replace(POST, body=standing_still())))
            await eventually(lambda: len(upstream.requests) == 4)
            clock.advance(1)
            probe = await outcome(adapter)
            more.set()

        assert (probe, upload.result()) == ((200, ""), (200, ""))
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED


async def test_callers_that_leave_never_open_the_circuit() -> None:
    """Their requests end without an answer, which is nobody's failure."""
    async with Flaky(*[0] * 10) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        for _ in range(10):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await adapter.upstreams.fetch(POST)

        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED
