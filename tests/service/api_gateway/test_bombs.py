"""Small bodies that are large once read: compressed ones, deep ones, huge numbers; on every route that takes a body."""

import gzip
import zlib
from collections.abc import Iterator

import pytest

from api_gateway.upstream.ports import UpstreamName
from tests.support.asgi_client import Answer
from tests.support.gateway import USER, Gateway, bearer, make_gateway

JSON = {"Content-Type": "application/json"}
WRITES = {"POST", "PUT", "PATCH"}
PASSED_ON = ("/v1/classes", "/bff/v1/teacher/", "/v1/batches/b1/student-associations/confirm")
"""Routes whose body goes on as it came: a service reads it, the gateway never."""

NO_BODY = frozenset({"/v1/ws/tickets"})
UPLOADS = "/v1/files/"
LARGE = b'{"a":"' + b"x" * 20_000_000 + b'"}'
GZIPPED = gzip.compress(LARGE)
CODED = {
    "gzip": GZIPPED,
    "x-gzip": GZIPPED,
    "deflate": zlib.compress(LARGE),
    "br": b"\x00" * 100,
    "zstd": b"\x28\xb5\x2f\xfd" + b"\x00" * 100,
    "gzip, gzip": gzip.compress(GZIPPED),
    "identity, gzip": GZIPPED,
    "unheard-of": b"x",
}
DEEP = 100_000
BOMBS = {
    "arrays": b"[" * DEEP + b"]" * DEEP,
    "arrays that never end": b"[" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep in a member": b'{"expected_essay_count":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a number of digits": b'{"expected_essay_count":' + b"9" * 500_000 + b"}",
    "an exponent": b'{"expected_essay_count":1e999999999}',
    "a fraction": b'{"expected_essay_count":0.' + b"1" * 500_000 + b"e999}",
    "many members": b"{" + b",".join(b'"k%d":1' % number for number in range(50_000)) + b"}",
    "many members deep inside": b'{"student_prompt_ref":{"references":{'
    + b",".join(b'"k%d":{}' % number for number in range(50_000))
    + b"}}}",
    "many items": b'{"essay_ids":[' + b",".join([b'""'] * 100_000) + b"]}",
    "one member many times": b"{" + b",".join([b'"expected_essay_count":1'] * 40_000) + b"}",
    "escapes": b'{"course_code":"' + b"\\u0041" * 150_000 + b'"}',
    "half characters": b'{"course_code":"' + b"\\ud800" * 100_000 + b'"}',
    "a long key": b'{"' + b"k" * 900_000 + b'":1}',
    "over a megabyte": b'{"course_code":"' + b"x" * 1_100_000 + b'"}',
}


def routes_with_bodies(gateway: Gateway) -> Iterator[tuple[str, str]]:
    """Yield method and path of each route of ``gateway`` that takes a body, its parts filled in."""
    for rule in gateway.app.url_map.iter_rules():
        path = rule.rule.replace("<batch_id>", "b1").replace("<file_upload_id>", "f1").replace("<path:path>", "x")
        yield from ((method, path) for method in sorted(WRITES & (rule.methods or set())))


ROUTES = sorted(route for route in routes_with_bodies(make_gateway()) if route[1] not in NO_BODY)
READ_HERE = [route for route in ROUTES if not route[1].startswith((*PASSED_ON, UPLOADS, "/v1/auth/"))]


async def send(gateway: Gateway, route: tuple[str, str], body: bytes, **headers: str) -> Answer:
    """Send ``body`` to ``route`` as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await gateway.client.send_bytes(*route, body, bearer() | JSON | named)


@pytest.mark.parametrize("coding", CODED)
async def test_no_compressed_body_is_unpacked(gateway: Gateway, coding: str) -> None:
    """415 where the gateway reads bodies or inspects them; where it passes them on, they go on byte for byte."""
    gateway.upstreams.answer(UpstreamName.RAS, {"user_id": USER})
    for route in ROUTES:
        gateway.upstreams.seen.clear()

        answer = await send(gateway, route, CODED[coding], Content_Encoding=coding)

        bodies = [seen.body for seen in gateway.upstreams.seen if seen.request.method != "GET"]
        if route[1].startswith(PASSED_ON):
            assert (answer.status, bodies) == (200, [CODED[coding]]), route
        else:
            assert (answer.status, bodies) == (415, []), route


@pytest.mark.parametrize("name", BOMBS)
async def test_no_json_is_too_much_to_refuse(gateway: Gateway, name: str) -> None:
    """One 4xx in the one format from every route that reads JSON, whatever it would become; no service is asked."""
    for route in READ_HERE:
        answer = await send(gateway, route, BOMBS[name])

        assert 400 <= answer.status < 500, route
        assert len(answer.body) < 10_000, route
    assert gateway.upstreams.seen == []
    assert gateway.commands.published == []


@pytest.mark.parametrize("name", ["many members", "many members deep inside", "many items"])
async def test_more_values_than_a_body_needs_are_not_looked_at(gateway: Gateway, name: str) -> None:
    """Each that is wrong would be noted, and everybody else wait meanwhile."""
    for route in READ_HERE:
        answer = await send(gateway, route, BOMBS[name])

        assert answer.status == 413, route
        assert answer.details == {"limit_count": 5_000}, route


async def test_every_route_with_a_body_is_in_these_tests() -> None:
    """The routes come from the URL map; those that read JSON themselves are at least these."""
    assert {path for _, path in READ_HERE} >= {
        "/v1/batches/register",
        "/v1/batches/b1/pipelines",
        "/v1/batches/b1/prompt",
        "/v1/notifications/seen",
    }
