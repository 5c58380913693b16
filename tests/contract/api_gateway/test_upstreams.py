"""What the port to the services behind the gateway promises, held by the fake and by aiohttp."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import pytest

from api_gateway.health import Circuits
from api_gateway.upstream.headers import HeaderPairs
from api_gateway.upstream.ports import CircuitState, UpstreamName, UpstreamReply, Upstreams
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_payload_too_large
from tests.fakes.upstreams import FakeUpstreams
from tests.support.raw_upstream import Connection, HttpUpstream, ReceivedRequest
from tests.support.upstream_adapters import GET, POST, adapter_for, options_for

TYPE = ("Content-Type", "application/json")
NOT_FOUND = (
    b'{"error": {"error_code": "CLASS_NOT_FOUND", "message": "No.", "service": "cms", '
    b'"details": {"class_id": "c1", "owner": "u2"}}}'
)


class Gateway(Upstreams, Circuits, Protocol):
    """Both sides of the port: calls, and the circuits they pass."""


@dataclass(frozen=True)
class Arrived:
    """A request as the service got it."""

    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Service:
    """The port, what the service behind it answers from now on, and what it got."""

    upstreams: Gateway
    answer: Callable[[int, HeaderPairs, bytes], None]
    arrived: Callable[[], list[Arrived]]


@asynccontextmanager
async def fake_service() -> AsyncIterator[Service]:
    """Yield the fake."""
    upstreams = FakeUpstreams()

    def arrived() -> list[Arrived]:
        return [
            Arrived(
                each.request.path + ("?" + each.request.query if each.request.query else ""), each.headers, each.body
            )
            for each in upstreams.seen
        ]

    def answer(status: int, headers: HeaderPairs, body: bytes) -> None:
        upstreams.answer(UpstreamName.CMS, body, status=status, headers=headers)

    yield Service(upstreams, answer, arrived)


@asynccontextmanager
async def real_service() -> AsyncIterator[Service]:
    """Yield the real adapter and a server behind it."""
    script: list[tuple[int, HeaderPairs, bytes]] = [(200, (TYPE,), b"{}")]

    def answer(status: int, headers: HeaderPairs, body: bytes) -> None:
        script[0] = (status, headers, body)

    async def serve(connection: Connection, _request: ReceivedRequest) -> None:
        status, headers, body = script[0]
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers).encode()
        await connection.answer(body, status=f"{status} Scripted", headers=fields)

    async with HttpUpstream(serve) as upstream, adapter_for(options_for(upstream.url)) as adapter:

        def arrived() -> list[Arrived]:
            return [
                Arrived(each.target, {name.lower(): value for name, value in each.headers}, bytes(each.body))
                for each in upstream.requests
            ]

        yield Service(adapter.upstreams, answer, arrived)


@pytest.fixture(params=[fake_service, real_service])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """Return one of the two."""
    async with request.param() as started:
        yield started


class Body:
    """A caller's body in two chunks; with ``refused`` it is over a limit after the first."""

    def __init__(self, *, refused: bool = False) -> None:
        self._chunks = [b"abc", b"def"]
        self._refused = refused

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._chunks:
            raise StopAsyncIteration
        if self._refused and len(self._chunks) == 1:
            raise_payload_too_large(service="s", operation="o", message="Too large.", correlation_id=correlation_id())
        return self._chunks.pop(0)


async def test_a_body_is_read_once(service: Service) -> None:
    """Asked for again it goes on where it was, so that what looked at its beginning can hand the rest on."""
    service.answer(200, (TYPE,), b'{"a": 1}')
    stream = await service.upstreams.open(GET)
    try:
        first = [chunk async for chunk in stream.body]
        again = [chunk async for chunk in stream.body]
    finally:
        await stream.close()

    assert b"".join(first) == b'{"a": 1}'
    assert again == []


async def test_a_whole_answer_is_fetched(service: Service) -> None:
    """Status, body, and when to ask again."""
    service.answer(203, (TYPE, ("Retry-After", "17")), b'{"a": 1}')

    reply = await service.upstreams.fetch(GET)

    assert reply == UpstreamReply(203, b'{"a": 1}', "17")


async def test_what_concerns_the_hop_stays_behind(service: Service) -> None:
    """Of an answer's headers the end-to-end ones pass, in order."""
    service.answer(203, (TYPE, ("Server", "s"), ("Connection", "X-Hop"), ("X-Hop", "1"), ("ETag", '"1"')), b'{"a": 1}')

    stream = await service.upstreams.open(GET)
    await stream.close()

    assert stream.status == 203
    assert [pair for pair in stream.headers if pair[0] != "Content-Length"] == [TYPE, ("ETag", '"1"')]


async def test_an_answer_says_nothing_of_a_pause(service: Service) -> None:
    """Most answers have no Retry-After."""
    service.answer(200, (TYPE,), b"{}")

    assert (await service.upstreams.fetch(GET)).retry_after == ""


async def test_an_answer_is_streamed(service: Service) -> None:
    """It is read once, to its end, and closing it twice is harmless."""
    service.answer(200, (TYPE,), b"0123456789")

    stream = await service.upstreams.open(GET)
    body = b"".join([chunk async for chunk in stream.body])
    await stream.close()
    await stream.close()

    assert (stream.status, body) == (200, b"0123456789")
    assert TYPE in stream.headers


@pytest.mark.parametrize(("sent", "whole"), [(b'{"short": 1}', b'{"short": 1}'), (b"", None)])
async def test_a_short_answer_is_here_whole(service: Service, sent: bytes, whole: bytes | None) -> None:
    """It came with its head; it can still be read as any other."""
    service.answer(200, (TYPE,), sent)

    stream = await service.upstreams.open(GET)
    found = stream.whole
    chunks = [chunk async for chunk in stream.body]
    await stream.close()

    assert found == whole
    assert b"".join(chunks) == sent


async def test_an_answer_may_be_closed_unread(service: Service) -> None:
    """The next call works."""
    service.answer(200, (TYPE,), b"0123456789")

    stream = await service.upstreams.open(GET)
    await stream.close()

    assert (await service.upstreams.fetch(GET)).body == b"0123456789"


async def test_an_empty_answer_has_no_chunks(service: Service) -> None:
    """Its body ends at once."""
    service.answer(200, (), b"")

    stream = await service.upstreams.open(GET)
    chunks = [chunk async for chunk in stream.body if chunk]
    await stream.close()

    assert chunks == []


@pytest.mark.parametrize("method", ["fetch", "open"])
async def test_an_error_of_the_service_is_raised(service: Service, method: str) -> None:
    """In the platform's shape it passes."""
    service.answer(404, (TYPE,), NOT_FOUND)

    with pytest.raises(HuleEduError) as raised:
        await getattr(service.upstreams, method)(GET)

    assert (raised.value.status_code, raised.value.error_code) == (404, "CLASS_NOT_FOUND")
    assert raised.value.error_detail.details == {"class_id": "c1"}


async def test_a_foreign_failure_is_502(service: Service) -> None:
    """Its body is not copied."""
    service.answer(500, (), b"Traceback")

    with pytest.raises(HuleEduError) as raised:
        await service.upstreams.fetch(GET)

    assert (raised.value.status_code, raised.value.error_code) == (502, "EXTERNAL_SERVICE_ERROR")
    assert raised.value.error_detail.details["upstream_status"] == 500


@pytest.mark.parametrize(("size", "told"), [(1_000, True), (70_000, False)])
async def test_a_huge_error_is_not_read(service: Service, size: int, *, told: bool) -> None:
    """Its text can't be told apart from a page without reading it whole; its status still counts."""
    service.answer(409, (TYPE,), b'{"error": "Locked", "more": "%b"}' % (b"x" * size))

    with pytest.raises(HuleEduError) as raised:
        await service.upstreams.fetch(GET)

    assert raised.value.status_code == 409
    assert (raised.value.error_detail.message == "Locked") is told


@pytest.mark.parametrize("method", ["fetch", "open"])
async def test_a_redirect_is_refused(service: Service, method: str) -> None:
    """Neither its body nor its target reaches the caller."""
    service.answer(308, (("Location", "http://cms:5002/"), ("Content-Type", "text/html")), b"<a>cms:5002</a>")

    with pytest.raises(HuleEduError) as raised:
        await getattr(service.upstreams, method)(GET)

    assert (raised.value.status_code, raised.value.error_code) == (502, "INVALID_RESPONSE")
    assert "cms:5002" not in f"{raised.value.to_dict()}{raised.value.headers}"


async def test_not_modified_is_an_answer(service: Service) -> None:
    """The one status of its class that passes: it answers a conditional request."""
    service.answer(304, (("ETag", '"1"'),), b"")

    stream = await service.upstreams.open(GET)
    await stream.close()

    assert stream.status == 304
    assert ("ETag", '"1"') in stream.headers


async def test_an_unsatisfiable_range_is_told_with_the_length(service: Service) -> None:
    """416 without Content-Range would say only half of it."""
    service.answer(416, (("Content-Range", "bytes */10"), ("Set-Cookie", "a=b")), b"")

    with pytest.raises(HuleEduError) as raised:
        await service.upstreams.open(GET)

    assert raised.value.status_code == 416
    assert raised.value.headers.keys() - {"Proxy-Status"} == {"Content-Range"}


async def test_an_address_is_told_as_the_callers_path(service: Service) -> None:
    """A Location loses the upstream's address, or doesn't pass."""
    service.answer(201, (("Location", "http://cms:5002/v1/classes/c1"), ("Content-Location", "http://cms:5002/")), b"")

    stream = await service.upstreams.open(POST)
    await stream.close()

    assert [pair for pair in stream.headers if pair[0].endswith("Location")] == [("Location", "/v1/classes/c1")]


async def test_an_error_that_was_asked_for_is_an_answer(service: Service) -> None:
    """``answers`` names the statuses that the caller reads itself."""
    service.answer(402, (TYPE,), b'{"required": 3}')

    reply = await service.upstreams.fetch(replace(POST, answers=frozenset({402})))

    assert (reply.status, reply.body) == (402, b'{"required": 3}')


async def test_the_request_arrives_as_it_was_made(service: Service) -> None:
    """Path and query raw, headers and streamed body as given."""
    headers = (("X-User-ID", "u1"), ("Content-Type", "text/csv"))
    request = replace(POST, path="/v1/classes/%C3%A5", query="q=%20", headers=headers, body=Body(), content_length=6)

    stream = await service.upstreams.open(request)
    await stream.close()

    (arrived,) = service.arrived()
    assert (arrived.target, arrived.body) == ("/v1/classes/%C3%A5?q=%20", b"abcdef")
    assert arrived.headers["x-user-id"] == "u1"
    assert arrived.headers["content-type"] == "text/csv"


async def test_a_refused_body_comes_out_as_it_was_raised(service: Service) -> None:
    """The limit's own error, not one about the upstream."""
    with pytest.raises(HuleEduError) as raised:
        await service.upstreams.open(replace(POST, body=Body(refused=True)))

    assert (raised.value.status_code, raised.value.service) == (413, "s")


async def test_circuits_begin_closed(service: Service) -> None:
    """Every upstream is named."""
    assert service.upstreams.circuits() == dict.fromkeys(UpstreamName, CircuitState.CLOSED)
