"""ETags where upstreams send none, and "not modified" for who has the answer already."""

import orjson
import pytest
from pydantic import JsonValue

from api_gateway.middleware.etag import LARGEST_TAGGED_BYTES
from api_gateway.upstream.ports import UpstreamName
from tests.support.asgi_client import Answer, Call
from tests.support.gateway import Gateway, bearer

CLASSES = "/v1/classes"
FOR_ANYBODY = (("Cache-Control", "public, max-age=3600"), ("Expires", "Wed, 01 Jan 2042 00:00:00 GMT"))
STATUS_PATH = "/v1/batches/b1/status"
STATUS: dict[str, JsonValue] = {
    "batch_id": "b1",
    "user_id": "teacher-1",
    "overall_status": "processing_pipelines",
    "essay_count": 1,
    "completed_essay_count": 0,
    "failed_essay_count": 0,
    "essays": [],
    "created_at": "2026-03-02T08:00:00Z",
    "last_updated": "2026-03-02T08:00:00Z",
}
CHANGING = {"x-correlation-id", "server-timing", "ratelimit"}
HALF = b'"' + b"x" * (LARGEST_TAGGED_BYTES // 2) + b'"'


def steady(answer: Answer) -> list[tuple[str, str]]:
    """Return the headers of ``answer`` that don't differ from one request to the next."""
    return [(name, value) for name, value in answer.headers if name not in CHANGING]


async def test_a_small_json_answer_is_tagged_for_its_caller_alone(gateway: Gateway) -> None:
    """A strong tag, revalidated at each use, never shared between callers."""
    gateway.upstreams.answer(UpstreamName.CMS, {"classes": []})

    answer = await gateway.client.get(CLASSES, bearer())

    assert answer.header("etag").startswith('"')
    assert answer.header("cache-control") == "private, no-cache"
    assert "Authorization" in ", ".join(answer.all("vary"))
    assert answer.header("content-length") == str(len(answer.body))


@pytest.mark.parametrize("spelling", ["{}", "W/{}", '"other", {}', "*"])
async def test_who_has_the_answer_is_told_so_without_a_body(gateway: Gateway, spelling: str) -> None:
    """If-None-Match in any of its spellings gives 304 with the tag and no body."""
    gateway.upstreams.answer(UpstreamName.CMS, {"classes": []})
    etag = (await gateway.client.get(CLASSES, bearer())).header("etag")

    answer = await gateway.client.get(CLASSES, {**bearer(), "If-None-Match": spelling.format(etag)})

    assert answer.status == 304
    assert answer.body == b""
    assert answer.header("etag") == etag
    assert not answer.all("content-type")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("lines", [['"n"', "{}"], ["{}", '"n"'], ['"n"', 'W/"m", W/{}, "o"']])
async def test_several_lines_of_tags_are_one_list(gateway: Gateway, method: str, lines: list[str]) -> None:
    """RFC 9110 section 5.3; own routes answer HEAD as GET."""
    gateway.upstreams.answer(UpstreamName.RAS, STATUS)
    etag = (await gateway.client.get(STATUS_PATH, bearer())).header("etag")
    known = [("If-None-Match", line.format(etag)) for line in lines]

    answer = await gateway.client.send(Call(method=method, target=STATUS_PATH, headers=[*bearer().items(), *known]))

    assert (answer.status, answer.body) == (304, b"")


async def test_head_of_an_own_route_says_what_get_says(gateway: Gateway) -> None:
    """The same header fields, the tag among them (RFC 9110 section 9.3.2)."""
    gateway.upstreams.answer(UpstreamName.RAS, STATUS)

    of_get = await gateway.client.get(STATUS_PATH, bearer())
    of_head = await gateway.client.send_bytes("HEAD", STATUS_PATH, b"", bearer())

    assert steady(of_head) == steady(of_get)
    assert of_head.header("etag")


async def test_head_of_a_proxied_route_says_what_get_says(gateway: Gateway) -> None:
    """Who may keep the answer, and what it depends on; only the tag of what nobody sent stays unsaid."""
    gateway.upstreams.answer(UpstreamName.CMS, {"classes": []})
    of_get = await gateway.client.get(CLASSES, bearer())
    gateway.upstreams.answer(UpstreamName.CMS, chunks=[])

    of_head = await gateway.client.send_bytes("HEAD", CLASSES, b"", bearer())

    told = ("cache-control", "vary", "content-type")
    assert [of_head.all(name) for name in told] == [of_get.all(name) for name in told]
    assert not of_head.all("etag")


@pytest.mark.parametrize(
    ("length", "kept"), [(LARGEST_TAGGED_BYTES, "private, no-cache"), (LARGEST_TAGGED_BYTES + 1, "no-store")]
)
async def test_head_knows_which_answers_get_would_tag(gateway: Gateway, length: int, kept: str) -> None:
    """A larger body would stream untagged."""
    headers = (("Content-Type", "application/json"), ("Content-Length", str(length)))
    gateway.upstreams.answer(UpstreamName.CMS, headers=headers, chunks=[])

    answer = await gateway.client.send_bytes("HEAD", CLASSES, b"", bearer())

    assert answer.header("cache-control") == kept


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("known", ['"theirs"', 'W/"theirs"', '"x", "theirs"', "*"])
async def test_an_upstreams_tag_is_compared_here_too(gateway: Gateway, method: str, known: str) -> None:
    """A service that tags and never compares costs its caller no body; whoever read none of it closes it."""
    headers = (("Content-Type", "text/csv"), ("ETag", 'W/"theirs"'))
    gateway.upstreams.answer(UpstreamName.CMS, headers=headers, chunks=[b"8", b"B"] if method == "GET" else [])

    answer = await gateway.client.send_bytes(method, CLASSES, b"", {**bearer(), "If-None-Match": known})

    assert (answer.status, answer.body) == (304, b"")
    assert answer.header("etag") == 'W/"theirs"'
    assert answer.header("cache-control") == "private, no-cache"
    assert "Authorization" in ", ".join(answer.all("vary"))
    assert not answer.all("content-type")
    assert gateway.upstreams.streams[0].closed


async def test_what_a_range_depends_on_is_the_services_to_judge(gateway: Gateway) -> None:
    """Range, If-Range and If-Match reach it as they were sent, and its part of the whole comes back as it is."""
    asked = {"Range": "bytes=0-0", "If-Range": '"theirs"', "If-Match": '"theirs"'}
    headers = (("Content-Type", "text/csv"), ("Content-Range", "bytes 0-0/2"), ("ETag", '"theirs"'))
    gateway.upstreams.answer(UpstreamName.CMS, b"8", status=206, headers=headers)

    answer = await gateway.client.get(CLASSES, {**bearer(), **asked})

    assert asked.items() <= {(name.title(), value) for name, value in gateway.upstreams.seen[0].headers.items()}
    assert (answer.status, answer.body, answer.header("content-range")) == (206, b"8", "bytes 0-0/2")


async def test_a_changed_answer_is_sent(gateway: Gateway) -> None:
    """Another body has another tag."""
    gateway.upstreams.answer(UpstreamName.CMS, {"classes": []})
    etag = (await gateway.client.get(CLASSES, bearer())).header("etag")
    gateway.upstreams.answer(UpstreamName.CMS, {"classes": ["8B"]})

    answer = await gateway.client.get(CLASSES, {**bearer(), "If-None-Match": etag})

    assert answer.status == 200
    assert answer.object == {"classes": ["8B"]}
    assert answer.header("etag") != etag


async def test_the_status_route_is_tagged_too(gateway: Gateway) -> None:
    """What the dashboard polls most is answered 304 while nothing has happened."""
    gateway.upstreams.answer(UpstreamName.RAS, STATUS)
    first = await gateway.client.get(STATUS_PATH, bearer())

    again = await gateway.client.get(STATUS_PATH, {**bearer(), "If-None-Match": first.header("etag")})

    assert (first.status, again.status) == (200, 304)


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("GET", 304)])
async def test_an_upstreams_own_tag_is_left_alone(gateway: Gateway, method: str, status: int) -> None:
    """Who tags its answers knows better; who may keep them isn't its to say."""
    headers = (("Content-Type", "application/json"), ("ETag", '"theirs"'), *FOR_ANYBODY)
    gateway.upstreams.answer(UpstreamName.CMS, {"classes": []}, status=status, headers=headers)

    answer = await gateway.client.send_bytes(method, CLASSES, b"", bearer())

    assert answer.header("etag") == '"theirs"'
    assert answer.header("cache-control") == "private, no-cache"
    assert "Authorization" in ", ".join(answer.all("vary"))
    assert not answer.all("expires")


@pytest.mark.parametrize(("method", "tag"), [("GET", ()), ("POST", (("ETag", '"theirs"'),))])
async def test_nobody_keeps_an_answer_that_is_no_tagged_read(
    gateway: Gateway, method: str, tag: tuple[tuple[str, str], ...]
) -> None:
    """What an upstream would have anybody keep for an hour is kept by nobody."""
    headers = (("Content-Type", "text/csv"), *tag, *FOR_ANYBODY)
    gateway.upstreams.answer(UpstreamName.CMS, b"8B", headers=headers)

    answer = await gateway.client.send_bytes(method, CLASSES, b"", bearer())

    assert answer.header("cache-control") == "no-store"


async def test_an_upstream_has_no_say_in_what_a_page_may_do(gateway: Gateway) -> None:
    """The edge's policies stand, each once, whatever an upstream would allow."""
    theirs = (("Content-Security-Policy", "frame-ancestors *"), ("X-Content-Type-Options", "sniff"))
    gateway.upstreams.answer(UpstreamName.CMS, b"[]", headers=(("Content-Type", "application/json"), *theirs))

    answer = await gateway.client.get(CLASSES, bearer())

    assert answer.header("content-security-policy") == "frame-ancestors 'none'"
    assert answer.header("x-content-type-options") == "nosniff"


async def test_a_larger_answer_streams_whole_and_untagged(gateway: Gateway) -> None:
    """What was read to judge the size comes first, the rest behind it."""
    gateway.upstreams.answer(UpstreamName.CMS, chunks=[b"[", HALF, b",", HALF, b",", HALF, b"]"])

    answer = await gateway.client.get(CLASSES, bearer())

    assert not answer.all("etag")
    assert len(answer.chunks) > 2
    assert len(orjson.loads(answer.body)) == 3
    assert gateway.upstreams.streams[0].closed


@pytest.mark.parametrize(
    ("method", "status", "content_type"),
    [("POST", 200, "application/json"), ("GET", 201, "application/json"), ("GET", 200, "text/csv")],
)
async def test_other_answers_are_not_tagged(gateway: Gateway, method: str, status: int, content_type: str) -> None:
    """Tags are for JSON that was read."""
    gateway.upstreams.answer(UpstreamName.CMS, b"[]", status=status, headers=(("Content-Type", content_type),))

    answer = await gateway.client.send_bytes(method, CLASSES, b"", bearer())

    assert answer.status == status
    assert not answer.all("etag")
