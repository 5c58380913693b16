"""What becomes of an upstream's good answers."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from api_gateway.domain import UpstreamName, UpstreamRequest
from common.errors.exceptions import HuleEduError
from tests.support.eventually import eventually
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest
from tests.support.upstream_adapters import GET, POST, Adapter, adapter_for, options_for

Answer = Callable[[Connection, ReceivedRequest], Awaitable[None]]
MEGABYTE = 1_048_576


def answering(raw: bytes) -> Answer:
    """Return a behaviour that answers with ``raw``."""

    async def answer(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.send(raw)

    return answer


async def test_hop_by_hop_and_the_upstreams_own_fields_stay_behind() -> None:
    """Connection and what it names, CORS, Server and Date are the upstream's; the rest passes in order."""
    raw = (
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n"
        b"Server: hypercorn\r\n"
        b"Date: Mon, 02 Mar 2026 08:00:00 GMT\r\nAccess-Control-Allow-Origin: *\r\nX-Correlation-ID: theirs\r\n"
        b'ETag: "1"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok'
    )
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(GET)
        await stream.close()

    assert list(stream.headers) == [
        ("ETag", '"1"'),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Type", "text/plain"),
        ("Content-Length", "2"),
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [(b"caf\xc3\xa9", "café"), (b"caf\xe9", "café")],
)
async def test_header_values_beyond_ascii_are_readable(value: bytes, told: str) -> None:
    """UTF-8 and Latin-1 values both come out as text that can be sent on."""
    raw = b"HTTP/1.1 200 OK\r\nX-Name: " + value + b"\r\nContent-Length: 0\r\n\r\n"
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        reply = await adapter.upstreams.fetch(GET)

    assert reply.headers == [("X-Name", told)]


async def test_redirects_are_handed_on_and_never_followed() -> None:
    """A redirect inside the upstream loses the address that callers can't reach; one elsewhere is the caller's."""

    async def redirect(connection: Connection, request: ReceivedRequest) -> None:
        inside = b"Location: " + upstream.url.encode() + b"/v1/classes/\r\n"
        outside = b"Location: https://elsewhere.example/\r\n"
        await connection.answer(status="308 Moved", headers=inside if request.target == "/v1/classes" else outside)

    async with HttpUpstream(redirect) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        inside = await adapter.upstreams.fetch(GET)
        outside = await adapter.upstreams.fetch(replace(GET, path="/v1/out"))

    assert (inside.status, inside.headers) == (308, [("Location", "/v1/classes/")])
    assert outside.headers == [("Location", "https://elsewhere.example/")]
    assert len(upstream.requests) == 2


async def test_a_streamed_body_is_not_decoded() -> None:
    """The caller asked for gzip and gets the very bytes, with coding and length."""
    body = gzip.compress(b"[]")
    raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(GET)
        received = b"".join([chunk async for chunk in stream.body])
        await stream.close()

    assert received == body
    assert list(stream.headers) == [("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))]


async def test_a_fetched_body_is_decoded() -> None:
    """An upstream that compresses unasked is understood."""
    body = gzip.compress(b"[]")
    raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        reply = await adapter.upstreams.fetch(GET)

    assert reply.body == b"[]"
    assert reply.headers == []


@pytest.mark.parametrize(
    ("request_", "raw"),
    [
        (replace(GET, method="HEAD"), b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        (GET, b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'),
        (replace(GET, method="DELETE"), b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
async def test_answers_without_body_end_at_once(request_: UpstreamRequest, raw: bytes) -> None:
    """HEAD, 304 and 204 have none, whatever length is told, and their connection serves the next request."""
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        first = await adapter.upstreams.fetch(request_)
        await adapter.upstreams.fetch(request_)

    assert first.body == b""
    assert len(upstream.connections) == 1


async def test_interim_answers_are_skipped() -> None:
    """103 Early Hints are not the answer."""
    raw = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        reply = await adapter.upstreams.fetch(GET)

    assert (reply.status, reply.body) == (200, b"ok")


async def test_a_body_may_end_with_its_connection() -> None:
    """HTTP/1.0 upstreams tell no length."""

    async def answer_and_close(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.0 200 OK\r\n\r\nall of it")

    async with RawUpstream(answer_and_close) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        reply = await adapter.upstreams.fetch(GET)

    assert reply.body == b"all of it"


async def test_statuses_asked_for_are_answers() -> None:
    """A caller that knows what a 402 means reads it itself."""
    raw = b'HTTP/1.1 402 Payment Required\r\nContent-Length: 15\r\n\r\n{"required": 3}'
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        reply = await adapter.upstreams.fetch(replace(POST, answers=frozenset({402, 429})))

    assert (reply.status, reply.body) == (402, b'{"required": 3}')


async def test_an_error_reply_is_raised() -> None:
    """One in the platform's shape passes, compressed or not."""
    body = gzip.compress(b'{"error": {"code": "CLASS_NOT_FOUND", "message": "No.", "service": "cms"}}')
    raw = b"HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(GET)

    assert (raised.value.status_code, raised.value.error_code) == (404, "CLASS_NOT_FOUND")


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


async def test_connections_are_used_again() -> None:
    """Answers read to their end, errors too, give their connection back."""

    async def alternate(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.answer(status="200 OK" if len(upstream.requests) % 2 else "409 Conflict")

    async with HttpUpstream(alternate) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        await adapter.upstreams.fetch(POST)
        with pytest.raises(HuleEduError):
            await adapter.upstreams.fetch(POST)
        await adapter.upstreams.fetch(POST)

    assert len(upstream.requests) == 3
    assert len(upstream.connections) == 1


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
