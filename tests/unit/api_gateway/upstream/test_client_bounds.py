"""How much of an upstream's answers is read, and how many are waited for at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from api_gateway.upstream.ports import UpstreamName, UpstreamRequest
from common.errors.exceptions import HuleEduError
from tests.support.eventually import eventually
from tests.support.raw_upstream import Connection, RawUpstream
from tests.support.upstream_adapters import GET, POST, Adapter, adapter_for, options_for

MEGABYTE = 1_048_576


async def test_an_errors_body_is_read_within_bounds() -> None:
    """A failing upstream that sends without end is left after the first 64 KB."""

    async def endless_error(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await connection.send(b"1000\r\n" + bytes(0x1000) + b"\r\n")

    async with RawUpstream(endless_error) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(POST)
        await upstream.first_connection_gone()

    assert raised.value.error_detail.details["upstream_status"] == 500


async def test_closing_early_cuts_the_upstream_off() -> None:
    """What nobody will read is not read: the connection ends, and a second close changes nothing."""

    async def endless(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            await connection.send(bytes(65_536))

    async with RawUpstream(endless) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(GET)
        await anext(stream.body)
        await stream.close()
        await stream.close()

        await upstream.first_connection_gone()


async def test_a_slow_reader_slows_the_upstream() -> None:
    """Nothing is read ahead of the consumer but what one connection's buffers hold."""
    sent = 0

    async def pour(connection: Connection) -> None:
        nonlocal sent
        await connection.head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * MEGABYTE))
        for _ in range(64):
            await connection.send(bytes(MEGABYTE))
            sent += 1

    async with RawUpstream(pour) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(GET)
        await anext(stream.body)
        before = await settled(lambda: sent)
        rest = [len(chunk) async for chunk in stream.body]
        await stream.close()

    assert before < 32
    assert sum(rest) > 63 * MEGABYTE


async def settled(reading: Callable[[], int]) -> int:
    """Return ``reading`` when it has stood still for half a second."""
    last, since = reading(), asyncio.get_running_loop().time()

    def still() -> bool:
        nonlocal last, since
        if reading() != last:
            last, since = reading(), asyncio.get_running_loop().time()
        return asyncio.get_running_loop().time() - since > 0.5

    await eventually(still)
    return last


@pytest.fixture
async def slow_adapter() -> AsyncIterator[Adapter]:
    """Return an adapter that lets one call at a time through, and whose upstream's answers never end."""

    async def never_end(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        await connection.hang()

    async with (
        RawUpstream(never_end) as upstream,
        adapter_for(replace(options_for(upstream.url), most_in_flight=1)) as adapter,
    ):
        yield adapter


async def test_too_many_calls_at_once_are_refused_at_once(slow_adapter: Adapter) -> None:
    """The bound is 503 with Retry-After, and room is made when a call ends."""
    first = await slow_adapter.upstreams.open(GET)

    with pytest.raises(HuleEduError) as raised:
        await slow_adapter.upstreams.open(GET)
    await first.close()
    second = await slow_adapter.upstreams.open(GET)
    await second.close()

    assert (raised.value.status_code, raised.value.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert raised.value.headers["Retry-After"] == "1"
    assert "error=connection_limit_reached" in raised.value.headers["Proxy-Status"]


def sent_by(user: str, upstream: UpstreamName = UpstreamName.CMS) -> UpstreamRequest:
    """Return a request of a user's."""
    return replace(GET, upstream=upstream, headers=(("X-User-ID", user),))


async def test_nobody_can_hold_all_of_an_upstreams_places() -> None:
    """One caller gets an eighth of them, then 429 at once; others, and its own calls elsewhere, pass."""

    async def never_end(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        await connection.hang()

    async with (
        RawUpstream(never_end) as upstream,
        adapter_for(replace(options_for(upstream.url), most_in_flight=16)) as adapter,
    ):
        held = [await adapter.upstreams.open(sent_by("greedy")) for _ in range(2)]
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(sent_by("greedy"))
        held.append(await adapter.upstreams.open(sent_by("another")))
        held.append(await adapter.upstreams.open(sent_by("greedy", UpstreamName.FILE)))
        await held[0].close()
        held.append(await adapter.upstreams.open(sent_by("greedy")))
        for stream in held:
            await stream.close()

    assert (raised.value.status_code, raised.value.error_code) == (429, "RATE_LIMIT")
    assert raised.value.headers["Retry-After"] == "1"
    assert raised.value.error_detail.details["limit"] == 2
    assert adapter.count("upstream_refusals_total", upstream="cms", reason="caller") == 1


async def test_calls_that_fail_make_room_too(slow_adapter: Adapter) -> None:
    """The count goes down whatever ended the call."""
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await slow_adapter.upstreams.fetch(GET)

    stream = await slow_adapter.upstreams.open(GET)
    await stream.close()
