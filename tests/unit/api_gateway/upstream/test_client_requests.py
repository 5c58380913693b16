"""What an upstream gets to see of a request."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api_gateway.upstream.ports import TimeoutClass, UpstreamRequest
from tests.support.raw_upstream import Connection, HttpUpstream, ReceivedRequest
from tests.support.upstream_adapters import GET, INTERNAL_KEY, PATIENT_S, POST, Adapter, adapter_for, options_for


async def answer_ok(connection: Connection, _request: ReceivedRequest) -> None:
    """Answer every request with 200."""
    await connection.answer()


@pytest.fixture
async def upstream() -> AsyncIterator[HttpUpstream]:
    """Return a well-behaved upstream."""
    async with HttpUpstream(answer_ok) as server:
        yield server


@pytest.fixture
async def adapter(upstream: HttpUpstream) -> AsyncIterator[Adapter]:
    """Return the adapter, pointed at the upstream."""
    async with adapter_for(options_for(upstream.url)) as connected:
        yield connected


async def received(adapter: Adapter, upstream: HttpUpstream, request: UpstreamRequest) -> ReceivedRequest:
    """Return what arrives when ``request`` is opened."""
    stream = await adapter.upstreams.open(request)
    await stream.close()
    return upstream.requests[-1]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield ``parts``."""
    for part in parts:
        yield part


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/v1/classes", "", "/v1/classes"),
        ("/v1/classes/%C3%A5k%20%7E9", "q=a%20b+c&q=&z", "/v1/classes/%C3%A5k%20%7E9?q=a%20b+c&q=&z"),
        ("/v1//classes/a;b=1,2:@!$'()*", "", "/v1//classes/a;b=1,2:@!$'()*"),
        ("//elsewhere.example/x", "", "//elsewhere.example/x"),
        ("/v1/classes/a#b", "c#d", "/v1/classes/a#b?c#d"),
        ("/v1/classes/%zz", "%", "/v1/classes/%zz?%"),
    ],
)
async def test_path_and_query_arrive_byte_for_byte(
    adapter: Adapter, upstream: HttpUpstream, path: str, query: str, target: str
) -> None:
    """What was judged is what is sent: nothing is decoded, encoded, merged or resolved on the way."""
    seen = await received(adapter, upstream, replace(GET, path=path, query=query))

    assert seen.target == target
    assert seen.values("host") == [upstream.url.removeprefix("http://")]


async def test_a_base_path_goes_first(upstream: HttpUpstream) -> None:
    """An upstream may live below a path."""
    async with adapter_for(options_for(upstream.url + "/cms/")) as adapter:
        seen = await received(adapter, upstream, GET)

    assert seen.target == "/cms/v1/classes"


async def test_only_the_requests_own_headers_arrive(adapter: Adapter, upstream: HttpUpstream) -> None:
    """The client adds nothing but Host, and repeated fields stay repeated and in order."""
    headers = (("X-A", "1"), ("Accept", "text/html"), ("X-A", "2"))

    seen = await received(adapter, upstream, replace(GET, headers=headers))

    names = [name.lower() for name, _ in seen.headers]
    assert sorted(names) == ["accept", "host", "x-a", "x-a", "x-request-deadline-ms"]
    assert seen.values("x-a") == ["1", "2"]


async def test_the_remaining_budget_is_forwarded(adapter: Adapter, upstream: HttpUpstream) -> None:
    """X-Request-Deadline-Ms is the gateway's own, whatever came in under that name."""
    seen = await received(adapter, upstream, replace(GET, headers=(("x-request-deadline-ms", "999999"),)))

    (deadline_ms,) = seen.values("x-request-deadline-ms")
    assert 0 < int(deadline_ms) <= PATIENT_S * 1000


async def test_a_route_that_asks_twice_has_less_for_the_second_question(
    adapter: Adapter, upstream: HttpUpstream
) -> None:
    """What is left of its time bounds the call, which never gets more than a whole one."""
    less = await received(adapter, upstream, replace(GET, within_s=0.9 * PATIENT_S))
    more = await received(adapter, upstream, replace(GET, within_s=10 * PATIENT_S))

    assert int(less.values("x-request-deadline-ms")[0]) <= 900 * PATIENT_S
    assert int(more.values("x-request-deadline-ms")[0]) <= 1000 * PATIENT_S


async def test_an_upload_has_no_budget_to_forward(adapter: Adapter, upstream: HttpUpstream) -> None:
    """Uploads are bounded by standstill alone, so no total is told, and an inbound one is dropped."""
    request = replace(POST, headers=(("X-Request-Deadline-Ms", "5"),), timeout_class=TimeoutClass.UPLOAD)

    seen = await received(adapter, upstream, request)

    assert seen.values("x-request-deadline-ms") == []


async def test_internal_routes_get_key_and_service(adapter: Adapter, upstream: HttpUpstream) -> None:
    """They are sent to internal routes alone."""
    inside = await received(adapter, upstream, replace(GET, path="/internal/v1/batches/b1/status"))
    outside = await received(adapter, upstream, GET)

    assert inside.values("x-internal-api-key") == [INTERNAL_KEY]
    assert inside.values("x-service-id") == ["api-gateway-service"]
    assert outside.values("x-internal-api-key") == outside.values("x-service-id") == []


async def test_json_is_sent_as_json(adapter: Adapter, upstream: HttpUpstream) -> None:
    """Body, type and length fit together."""
    seen = await received(adapter, upstream, replace(POST, json={"namn": "Åsa", "n": None}))

    assert json.loads(seen.body) == {"namn": "Åsa", "n": None}
    assert seen.values("content-type") == ["application/json"]
    assert seen.values("content-length") == [str(len(seen.body))]


async def test_json_null_is_no_body(adapter: Adapter, upstream: HttpUpstream) -> None:
    """Without json and body nothing is sent."""
    seen = await received(adapter, upstream, POST)

    assert bytes(seen.body) == b""
    assert seen.values("content-type") == []


async def test_a_body_of_known_length_keeps_it(adapter: Adapter, upstream: HttpUpstream) -> None:
    """Content-Length is passed on, and the type is the caller's."""
    request = replace(POST, headers=(("Content-Type", "text/csv"),), body=chunks(b"a,b", b"\r\n1,2"), content_length=8)

    seen = await received(adapter, upstream, request)

    assert bytes(seen.body) == b"a,b\r\n1,2"
    assert seen.values("content-length") == ["8"]
    assert seen.values("transfer-encoding") == []
    assert seen.values("content-type") == ["text/csv"]


async def test_a_body_of_unknown_length_goes_in_chunks(adapter: Adapter, upstream: HttpUpstream) -> None:
    """Without a length the body is chunked."""
    seen = await received(adapter, upstream, replace(POST, body=chunks(b"abc", b"def")))

    assert bytes(seen.body) == b"abcdef"
    assert seen.values("transfer-encoding") == ["chunked"]


async def test_fetch_asks_for_plain_answers(adapter: Adapter, upstream: HttpUpstream) -> None:
    """A whole answer is read here, so the caller's Accept-Encoding doesn't count."""
    await adapter.upstreams.fetch(replace(GET, headers=(("accept-encoding", "br, gzip"),)))

    assert upstream.requests[-1].values("accept-encoding") == ["identity"]
