"""The teacher's dashboard: the one answer of another service whose times the gateway tells in UTC."""

import orjson
import pytest
from pydantic import JsonValue

from api_gateway.routes.teacher import MAX_BUFFERED_BYTES
from api_gateway.upstream.ports import UpstreamName
from tests.fakes.upstreams import JSON_HEADERS
from tests.support.asgi_client import Call
from tests.support.gateway import Gateway, bearer

DASHBOARD = "/bff/v1/teacher/dashboard"
NAIVE, UTC = "2026-11-28T08:00:00.25", "2026-11-28T08:00:00.25Z"


def dashboard(created_at: JsonValue, title: str = NAIVE) -> dict[str, JsonValue]:
    """Return a dashboard of one batch as the Teacher BFF answers it."""
    return {
        "batches": [{"batch_id": "b1", "title": title, "status": "ready", "created_at": created_at}],
        "total_count": 1,
        "limit": 20,
        "offset": 0,
        "as_of": NAIVE,
    }


@pytest.mark.parametrize("coding", [None, "gzip, br"])
async def test_times_of_batches_are_told_in_utc(gateway: Gateway, coding: str | None) -> None:
    """And nothing else is changed; the answer is asked for uncompressed, so that it can be."""
    gateway.upstreams.answer(UpstreamName.BFF, dashboard(NAIVE))
    headers = bearer() | ({"Accept-Encoding": coding} if coding else {})

    answer = await gateway.client.get(f"{DASHBOARD}?limit=20&status=ready", headers)

    assert answer.object == dashboard(UTC)
    assert answer.header("Content-Length") == str(len(answer.body))
    assert answer.header("ETag")
    (seen,) = gateway.upstreams.seen
    assert (seen.request.path, seen.request.query) == (DASHBOARD, "limit=20&status=ready")
    assert seen.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("chunk", [1_000, MAX_BUFFERED_BYTES])
async def test_a_dashboard_of_up_to_a_megabyte_is_gathered(gateway: Gateway, chunk: int) -> None:
    """However it comes."""
    whole = orjson.dumps(dashboard(NAIVE, title="x" * (MAX_BUFFERED_BYTES - 300)))
    chunks = [whole[at : at + chunk] for at in range(0, len(whole), chunk)]
    gateway.upstreams.answer(UpstreamName.BFF, chunks=chunks)

    answer = await gateway.client.get(DASHBOARD, bearer())

    assert len(whole) < MAX_BUFFERED_BYTES
    assert orjson.dumps(UTC) in answer.body
    assert answer.complete


async def test_a_larger_one_streams_as_it_is(gateway: Gateway) -> None:
    """The bound of what the gateway keeps of an answer."""
    whole = orjson.dumps(dashboard(NAIVE, title="x" * MAX_BUFFERED_BYTES))
    chunks = [whole[at : at + 100_000] for at in range(0, len(whole), 100_000)]
    gateway.upstreams.answer(UpstreamName.BFF, chunks=chunks)

    answer = await gateway.client.get(DASHBOARD, bearer())

    assert answer.body == whole


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[1]", b'{"batches": null}', b'{ "batches" : [ 7, {"created_at": "soon"}, {} ] }'],
)
async def test_what_is_no_dashboard_passes_byte_for_byte(gateway: Gateway, body: bytes) -> None:
    """So does one whose times need no change."""
    gateway.upstreams.answer(UpstreamName.BFF, body)

    answer = await gateway.client.get(DASHBOARD, bearer())

    assert (answer.status, answer.body) == (200, body)


async def test_a_coded_answer_passes_byte_for_byte(gateway: Gateway) -> None:
    """A service that compresses without having been asked to is taken at its word."""
    coded = b"\x1f\x8b not really"
    gateway.upstreams.answer(UpstreamName.BFF, coded, headers=[*JSON_HEADERS, ("Content-Encoding", "gzip")])

    answer = await gateway.client.get(DASHBOARD, bearer())

    assert (answer.body, answer.header("Content-Encoding")) == (coded, "gzip")


async def test_no_digest_of_another_body_is_told(gateway: Gateway) -> None:
    """RFC 9530: it would be of the body as it came."""
    headers = [*JSON_HEADERS, ("Repr-Digest", "sha-256=:AAAA:")]
    gateway.upstreams.answer(UpstreamName.BFF, dashboard(NAIVE), headers=headers)
    changed = await gateway.client.get(DASHBOARD, bearer())
    gateway.upstreams.answer(UpstreamName.BFF, dashboard(UTC), headers=headers)
    unchanged = await gateway.client.get(DASHBOARD, bearer())

    assert (changed.all("Repr-Digest"), unchanged.all("Repr-Digest")) == ([], ["sha-256=:AAAA:"])


async def test_head_tells_no_length_of_another_body(gateway: Gateway) -> None:
    """The Teacher BFF's would be without the zones."""
    gateway.upstreams.answer(UpstreamName.BFF, b"", headers=[*JSON_HEADERS, ("Content-Length", "9")])

    answer = await gateway.client.send(Call(method="HEAD", target=DASHBOARD, headers=[*bearer().items()]))

    assert answer.status == 200
    assert answer.all("Content-Length") in ([], ["0"])


@pytest.mark.parametrize("target", ["/bff/v1/teacher/batches", f"{DASHBOARD}/more"])
async def test_other_views_pass_as_they_are(gateway: Gateway, target: str) -> None:
    """What isn't documented isn't touched."""
    gateway.upstreams.answer(UpstreamName.BFF, dashboard(NAIVE))

    answer = await gateway.client.get(target, bearer() | {"Accept-Encoding": "gzip"})

    assert answer.object == dashboard(NAIVE)
    assert gateway.upstreams.seen[0].headers["accept-encoding"] == "gzip"
