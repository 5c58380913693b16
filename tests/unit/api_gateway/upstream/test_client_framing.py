"""Where an upstream's answer ends, and what becomes of what it sends behind (RFC 9112 section 6.3)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from api_gateway.upstream.ports import CircuitState, UpstreamName, UpstreamRequest
from common.errors.exceptions import HuleEduError
from tests.fakes.clock import FakeClock
from tests.support.eventually import eventually
from tests.support.flaky_upstream import breaking, outcome
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest
from tests.support.upstream_adapters import GET, adapter_for, options_for

Sending = Callable[[Connection, bytes], Awaitable[None]]
HEAD = replace(GET, method="HEAD")
DELETE = replace(GET, method="DELETE")


async def at_once(connection: Connection, raw: bytes) -> None:
    """Send ``raw`` as it is."""
    await connection.send(raw)


async def byte_by_byte(connection: Connection, raw: bytes) -> None:
    """Send ``raw`` in the smallest pieces, so that everything is cut everywhere."""
    for n in range(len(raw)):
        await connection.send(raw[n : n + 1])
        await asyncio.sleep(0)


async def cut_in_the_end_of_the_head(connection: Connection, raw: bytes) -> None:
    """Send the head but for its last byte, and the rest with what stands behind it."""
    cut = max(raw.rfind(b"\n\r\n") + 2, raw.rfind(b"\n\n") + 1)
    await connection.send(raw[:cut])
    await asyncio.sleep(0)
    await connection.send(raw[cut:])


def answering(raw: bytes, sending: Sending = at_once) -> HttpUpstream:
    """Return an upstream that answers each request with ``raw``."""

    async def answer(connection: Connection, _request: ReceivedRequest) -> None:
        await sending(connection, raw)

    return HttpUpstream(answer)


@pytest.mark.parametrize(
    ("request_", "raw"),
    [
        (DELETE, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (DELETE, b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
        (DELETE, b"HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ],
)
async def test_an_empty_body_is_framed_as_any_other(request_: UpstreamRequest, raw: bytes) -> None:
    """A 205 too (RFC 9110 section 15.3.6): its connection serves the next request."""
    async with answering(raw) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        first = await adapter.upstreams.fetch(request_)
        await adapter.upstreams.fetch(request_)

    assert first.body == b""
    assert len(upstream.connections) == 1


BODILESS = [
    pytest.param(HEAD, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", id="HEAD, a length"),
    pytest.param(HEAD, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", id="HEAD, a body"),
    pytest.param(HEAD, b"HTTP/1.1 200 OK\r\n\r\n{}", id="HEAD, a body unannounced"),
    pytest.param(HEAD, b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", id="HEAD refused, a body"),
    pytest.param(HEAD, b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", id="HEAD, bare line feeds"),
    pytest.param(
        DELETE, b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="204, last chunk"
    ),
    pytest.param(DELETE, b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}", id="204, a body"),
    pytest.param(DELETE, b"HTTP/1.1 204 No Content\r\n\r\n{}", id="204, a body unannounced"),
    pytest.param(
        DELETE,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n{}",
        id="103, then 204, a body",
    ),
    pytest.param(GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n{}", id="304, a body"),
    pytest.param(GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", id="304, a length"),
]

FRAMED = [
    pytest.param(
        DELETE, b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n{}", b"", id="205, beyond its length"
    ),
    pytest.param(GET, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}", b"{}", id="200, beyond its length"),
    pytest.param(
        GET,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n0\r\n\r\n",
        b"{}",
        id="200, beyond its last chunk",
    ),
    pytest.param(
        GET,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"{}",
        id="200, another answer",
    ),
]


@pytest.mark.parametrize("sending", [at_once, byte_by_byte, cut_in_the_end_of_the_head])
@pytest.mark.parametrize(("request_", "raw"), BODILESS)
async def test_a_204_a_304_and_an_answer_to_head_end_with_their_head(
    request_: UpstreamRequest, raw: bytes, sending: Sending
) -> None:
    """The answer stands; what is or might be sent behind it is dropped with the connection, whenever it comes."""
    async with answering(raw, sending) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        got = [await outcome(adapter, request_) for _ in range(5)]

        assert {status for status, _ in got} <= {200, 204, 304, 404}
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED
        assert len(upstream.requests) == len(upstream.connections) == 5


@pytest.mark.parametrize(("request_", "raw", "body"), FRAMED)
async def test_what_follows_a_body_is_dropped_with_its_connection(
    request_: UpstreamRequest, raw: bytes, body: bytes
) -> None:
    """The answer stands, and is never taken for the next one."""
    async with answering(raw) as upstream, adapter_for(breaking(upstream), FakeClock()) as adapter:
        got = [(await adapter.upstreams.fetch(request_)).body for _ in range(5)]

        assert got == [body] * 5
        assert adapter.upstreams.circuits()[UpstreamName.CMS] is CircuitState.CLOSED
        assert len(upstream.connections) == 5


async def test_an_answer_nobody_asked_for_answers_nobody() -> None:
    """One that comes while the connection rests in the pool would else be the next caller's."""
    theirs = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ntheirs"

    async def answer(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.answer(b"mine")
        await rest.wait()
        await connection.send(theirs)
        sent.set()

    rest, sent = asyncio.Event(), asyncio.Event()
    async with HttpUpstream(answer) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        await adapter.upstreams.fetch(GET)
        rest.set()
        await sent.wait()
        for _ in range(3):  # it lies in the kernel: the loop takes it in at its next turn
            await asyncio.sleep(0)
        second = await adapter.upstreams.fetch(GET)

    assert second.body == b"mine"
    assert len(upstream.connections) == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n",
    ],
)
async def test_an_answer_of_unclear_length_or_coding_is_502(head: bytes) -> None:
    """Nothing of its body passes: a transfer coding is this hop's to undo, and a length must be one length."""
    raw = head + b"2\r\n{}\r\n0\r\n\r\n"

    async def answer_and_close(connection: Connection) -> None:
        await connection.head()
        await connection.send(raw)

    async with RawUpstream(answer_and_close) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(GET)

    assert (raised.value.status_code, raised.value.error_code) == (502, "INVALID_RESPONSE")


async def test_a_body_that_turns_out_broken_later_is_told_at_once() -> None:
    """A chunk without a size in a packet of its own ends the body like one that came with the head."""
    read = asyncio.Event()

    async def break_later(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        await read.wait()
        await connection.send(b"no size\r\n")
        await connection.hang()

    async with RawUpstream(break_later) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(GET)
        first = await anext(stream.body)
        read.set()
        with pytest.raises(HuleEduError) as raised:
            await anext(stream.body)
        await stream.close()
        await eventually(lambda: upstream.open_connections == 0)

    assert first == b"{}"
    assert raised.value.status_code == 502
