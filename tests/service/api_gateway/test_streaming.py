"""Streaming through hypercorn, Quart and aiohttp, with a real client and a real upstream at the ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from tests.support.eventually import eventually
from tests.support.multipart_bodies import CONTENT_TYPE, DELIMITER, file_part, form, upload
from tests.support.proxy_app import proxy_app
from tests.support.raw_http import RawConnection, connected
from tests.support.raw_upstream import Behaviour, Connection, RawUpstream
from tests.support.upstream_adapters import PATIENT_S, options_for
from tests.support.web_server import run_server

MEGABYTE = 1_048_576
UPLOAD_HEAD = f"POST /upload HTTP/1.1\nContent-Type: {CONTENT_TYPE}"


@dataclass(frozen=True, slots=True)
class Ends:
    """The upstream, and a client's connection to the proxy."""

    upstream: RawUpstream
    client: RawConnection


@asynccontextmanager
async def proxied(behaviour: Behaviour, *, timeout_s: float = PATIENT_S) -> AsyncIterator[Ends]:
    """Run the proxy between a client and an upstream that behaves so."""
    async with RawUpstream(behaviour) as upstream:
        options = replace(options_for(upstream.url), timeout_s=timeout_s, upload_timeout_s=timeout_s)
        async with run_server(proxy_app(options)) as server, connected(server.port) as client:
            yield Ends(upstream, client)


async def read_and_answer(connection: Connection) -> None:
    """Read a request whole and answer with how long its body was."""
    request = await connection.head()
    body = await connection.body(request)
    await connection.answer(str(len(body)).encode(), status="201 Created")


async def pour(connection: Connection) -> None:
    """Answer with a body of 1 GB."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        await connection.send(bytes(65_536))


async def hang(connection: Connection) -> None:
    """Read whatever comes and never answer."""
    await connection.hang()


def chunked(*parts: bytes) -> bytes:
    """Return ``parts`` as chunks, without the last one."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


async def test_an_upload_passes_unchanged() -> None:
    """With its length."""
    body = upload(file_part("a.txt", b"x" * MEGABYTE))
    async with proxied(read_and_answer) as ends:
        answer = await ends.client.ask(f"{UPLOAD_HEAD}\nContent-Length: {len(body)}", body)

    assert (answer.status, answer.body) == (201, str(len(body)).encode())


async def name_in_latin_1(connection: Connection) -> None:
    """Answer with a file name in Latin-1 and one in UTF-8."""
    await connection.head()
    await connection.send(
        b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=caf\xe9.txt\r\nX-Name: caf\xc3\xa9\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


async def test_bytes_of_an_upstreams_headers_pass_unchanged() -> None:
    """RFC 9110 section 5.5: what is beyond ASCII is opaque to who passes it on."""
    async with proxied(name_in_latin_1) as ends:
        await ends.client.send(b"GET /named HTTP/1.1\r\nHost: test\r\n\r\n")
        head = await ends.client.reader.readuntil(b"\r\n\r\n")

    assert b"\r\ncontent-disposition: attachment; filename=caf\xe9.txt\r\n" in head
    assert b"\r\nx-name: caf\xc3\xa9\r\n" in head


class Reader:
    """An upstream that reads requests, and remembers whether one came to its end."""

    def __init__(self) -> None:
        self.whole = False

    async def __call__(self, connection: Connection) -> None:
        """Read one request."""
        request = await connection.head()
        await connection.body(request)
        self.whole = True
        await connection.answer()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (upload(file_part("evil.exe")), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (upload(*[file_part("a.txt")] * 51), 413, "PAYLOAD_TOO_LARGE"),
        (form(file_part("a.txt")), 400, "MISSING_REQUIRED_FIELD"),
        (upload(file_part("a.txt"), file_part("b.txt", name="b")), 400, "VALIDATION_ERROR"),
        (upload(file_part("a.txt")) + DELIMITER, 400, "PARSING_ERROR"),
    ],
)
async def test_a_refusal_is_answered_while_the_body_is_still_coming(body: bytes, status: int, code: str) -> None:
    """The caller needn't send the rest to hear it, and the upstream never sees the request end."""
    reader = Reader()
    async with proxied(reader) as ends:
        await ends.client.send(_head(f"{UPLOAD_HEAD}\nTransfer-Encoding: chunked"))
        await ends.client.send(chunked(body))

        answer = await ends.client.response()
        await eventually(lambda: all(each.gone.is_set() for each in ends.upstream.connections))

    assert (answer.status, answer.error_code) == (status, code)
    assert not reader.whole


async def test_a_file_over_the_limit_is_answered_before_its_end() -> None:
    """50 MB and a little of an announced 90 MB are enough to know."""
    body = upload(file_part("a.txt", bytes(51 * MEGABYTE)))
    reader = Reader()
    async with proxied(reader) as ends:
        await ends.client.send(_head(f"{UPLOAD_HEAD}\nContent-Length: {90 * MEGABYTE}"))
        async with asyncio.TaskGroup() as group:
            group.create_task(ends.client.send(body[: 51 * MEGABYTE]))
            answer = await ends.client.response()
        await ends.upstream.first_connection_gone()

    assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")
    assert not reader.whole


async def test_an_announced_length_over_the_limit_is_refused_before_the_upstream_is_asked() -> None:
    """Nothing needs to be read for that."""
    async with proxied(read_and_answer) as ends:
        await ends.client.send(_head(f"{UPLOAD_HEAD}\nContent-Length: {101 * MEGABYTE}"))
        answer = await ends.client.response()

        assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")
        assert ends.upstream.connections == []


async def test_a_body_that_lacks_its_end_is_400() -> None:
    """Truncated multipart is refused, and the upstream doesn't get it whole either."""
    body = upload(file_part("a.txt"))[:-10]
    reader = Reader()
    async with proxied(reader) as ends:
        answer = await ends.client.ask(f"{UPLOAD_HEAD}\nContent-Length: {len(body)}", body)
        await eventually(lambda: all(each.gone.is_set() for each in ends.upstream.connections))

    assert (answer.status, answer.error_code) == (400, "PARSING_ERROR")
    assert not reader.whole


async def test_a_caller_that_leaves_while_it_sends_takes_the_upload_along() -> None:
    """The upstream sees its connection end, before the body does."""
    reader = Reader()
    async with proxied(reader) as ends:
        await ends.client.send(_head(f"{UPLOAD_HEAD}\nContent-Length: {90 * MEGABYTE}"))
        await ends.client.send(upload(file_part("a.txt", bytes(MEGABYTE)))[:-10])
        await eventually(lambda: bool(ends.upstream.connections))
        ends.client.reset()

        await ends.upstream.first_connection_gone()

    assert not reader.whole


async def test_a_caller_that_leaves_while_it_waits_takes_the_request_along() -> None:
    """The upstream needn't work for nobody."""
    async with proxied(hang) as ends:
        await ends.client.send(_head("GET /slow HTTP/1.1"))
        await eventually(lambda: bool(ends.upstream.connections))
        ends.client.reset()

        await ends.upstream.first_connection_gone()


async def test_a_caller_that_leaves_while_it_reads_takes_the_answer_along() -> None:
    """The rest of it isn't read."""
    async with proxied(pour) as ends:
        await ends.client.send(_head("GET /large HTTP/1.1"))
        await ends.client.reader.readexactly(MEGABYTE)
        ends.client.reset()

        await ends.upstream.first_connection_gone()


async def break_off(connection: Connection) -> None:
    """Announce a body, send a part of it, close."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(50_000))


async def stand_still(connection: Connection) -> None:
    """Announce a body, send a part of it, wait."""
    await break_off(connection)
    await connection.hang()


@pytest.mark.parametrize("behaviour", [break_off, stand_still])
async def test_an_answer_that_breaks_off_breaks_off_for_the_caller_too(behaviour: Behaviour) -> None:
    """After the first byte the connection is cut: half an answer must not look whole."""
    async with proxied(behaviour, timeout_s=1.5) as ends:
        await ends.client.send(_head("GET /broken HTTP/1.1"))
        received = await ends.client.until_closed()

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == 50_000


async def fail_before_body(connection: Connection) -> None:
    """Announce a body, close."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")


async def test_an_answer_that_breaks_off_before_its_first_byte_is_a_proper_error() -> None:
    """The caller gets a body it can read."""
    async with proxied(fail_before_body) as ends:
        answer = await ends.client.ask("GET /broken HTTP/1.1")

    assert (answer.status, answer.error_code) == (502, "INVALID_RESPONSE")
    assert "error=http_response_incomplete" in answer.headers["proxy-status"]


async def test_chunks_come_as_they_are_sent() -> None:
    """A part of an answer doesn't wait for the next."""
    go_on = asyncio.Event()

    async def dawdle(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        await go_on.wait()
        await connection.send(b"def")

    async with proxied(dawdle) as ends:
        await ends.client.send(_head("GET /slow HTTP/1.1"))
        first = await ends.client.reader.readuntil(b"abc")
        go_on.set()
        last = await ends.client.reader.readexactly(3)

    assert b"content-length: 6" in first.lower()
    assert last == b"def"


async def test_the_upstream_is_asked_when_a_body_begins_to_come() -> None:
    """Until then it would have a connection and no request, and close it: a failure that callers could cause."""
    async with proxied(read_and_answer) as ends:
        await ends.client.send(_head("POST /classes HTTP/1.1\nTransfer-Encoding: chunked"))
        with pytest.raises(TimeoutError):
            await eventually(lambda: bool(ends.upstream.connections), within_s=0.2)
        await ends.client.send(chunked(b"body") + b"0\r\n\r\n")
        answer = await ends.client.response()

    assert (answer.status, answer.body) == (201, b"4")


async def test_an_early_refusal_of_the_upstream_is_heard_while_the_body_is_still_coming() -> None:
    """The File Service's 403 doesn't wait for 90 MB."""

    async def refuse(connection: Connection) -> None:
        await connection.head()
        error = b'{"error": {"code": "AUTHORIZATION_ERROR", "message": "Not yours.", "service": "file"}}'
        await connection.answer(error, status="403 Forbidden")
        await connection.hang()

    async with proxied(refuse) as ends:
        await ends.client.send(_head(f"{UPLOAD_HEAD}\nContent-Length: {90 * MEGABYTE}"))
        await ends.client.send(upload(file_part("a.txt", bytes(MEGABYTE)))[:-10])

        answer = await ends.client.response()
        await ends.upstream.first_connection_gone()

    assert (answer.status, answer.error_code) == (403, "AUTHORIZATION_ERROR")


def _head(lines: str) -> bytes:
    return "\r\n".join([*lines.splitlines(), "Host: test", "", ""]).encode()
