"""What becomes of an upstream's good answers."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from common.errors.exceptions import HuleEduError
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest
from tests.support.upstream_adapters import GET, POST, adapter_for, options_for

Answer = Callable[[Connection, ReceivedRequest], Awaitable[None]]


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


@pytest.mark.parametrize("value", [b"caf\xc3\xa9", b"caf\xe9", b"\xff\xc3"])
async def test_header_values_beyond_ascii_keep_their_bytes(value: bytes) -> None:
    """What isn't UTF-8 stands as surrogates, from which the same bytes come out (RFC 9110 section 5.5)."""
    raw = b"HTTP/1.1 200 OK\r\nX-Name: " + value + b"\r\nContent-Length: 0\r\n\r\n"
    async with HttpUpstream(answering(raw)) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(GET)
        await stream.close()

    told = dict(stream.headers)["X-Name"]
    assert told.encode(errors="surrogateescape") == value


async def test_a_redirect_is_never_followed() -> None:
    """Not even inside the upstream, nor in a circle: it is asked once, and the caller learns nothing of its address."""

    async def redirect(connection: Connection, request: ReceivedRequest) -> None:
        location = f"Location: {upstream.url}{request.target}\r\nContent-Type: text/html\r\n".encode()
        await connection.answer(f'<a href="{upstream.url}">'.encode(), status="308 Moved", headers=location)

    async with HttpUpstream(redirect) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(GET)

    error = raised.value
    assert (error.status_code, error.error_code) == (502, "INVALID_RESPONSE")
    assert error.error_detail.details == {"external_service": "cms", "upstream_status": 308}
    assert upstream.url.removeprefix("http://") not in f"{error.to_dict()}{error.headers}"
    assert len(upstream.requests) == 1


async def test_the_address_of_what_was_made_loses_the_upstreams() -> None:
    """A created resource can be followed through the gateway."""

    async def create(connection: Connection, _request: ReceivedRequest) -> None:
        await connection.answer(status="201 Created", headers=f"Location: {upstream.url}/v1/classes/c1\r\n".encode())

    async with HttpUpstream(create) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(POST)
        await stream.close()

    assert ("Location", "/v1/classes/c1") in stream.headers


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
