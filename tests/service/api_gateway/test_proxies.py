"""What passes through the gateway passes whole, unchanged and closed; what must not pass doesn't."""

import json

import pytest

from api_gateway.upstream.ports import TimeoutClass, UpstreamName
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_external_service_error
from tests.support.asgi_client import Call
from tests.support.gateway import ORG, USER, Gateway, bearer

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
PROXIED = [
    ("/v1/classes", UpstreamName.CMS),
    ("/v1/classes/", UpstreamName.CMS),
    ("/v1/classes/c1/students", UpstreamName.CMS),
    ("/bff/v1/teacher/dashboard", UpstreamName.BFF),
]
FORGED = {
    "X-User-ID": "somebody",
    "x_user_id": "somebody",
    "X-Org-ID": "elsewhere",
    "X-Identity-Encoding": "url",
    "X-Internal-API-Key": "guessed",
    "X-Service-ID": "trusted_service",
}


def broken_off() -> HuleEduError:
    """Return the failure of an upstream in the middle of its body."""
    with pytest.raises(HuleEduError) as failure:
        raise_external_service_error(
            service="api-gateway-service",
            operation="read",
            message="It broke off.",
            correlation_id=correlation_id(),
            external_service="cms",
        )
    return failure.value


@pytest.mark.parametrize("method", ALL_METHODS)
@pytest.mark.parametrize(("path", "upstream"), PROXIED)
async def test_every_method_reaches_the_same_path(
    gateway: Gateway, method: str, path: str, upstream: UpstreamName
) -> None:
    """ANY means all six methods; path and query arrive as sent, but for the slash that class management wants."""
    arriving = "/v1/classes/" if path == "/v1/classes" else path
    target = f"{path}?limit=5&q=%C3%A5&q=a%2Fb"

    answer = await gateway.client.send(Call(method=method, target=target, headers=[*bearer().items()]))

    (seen,) = gateway.upstreams.seen
    assert answer.status == 200
    assert (seen.request.upstream, seen.request.method) == (upstream, method)
    assert (seen.request.path, seen.request.query) == (arriving, "limit=5&q=%C3%A5&q=a%2Fb")


@pytest.mark.parametrize("path", ["/v1/classes", "/v1/classes/", "/v1/cl%61sses"])
@pytest.mark.parametrize("method", ALL_METHODS)
async def test_no_caller_sees_a_redirect_of_the_collection(gateway: Gateway, method: str, path: str) -> None:
    """It is asked for with its slash, however it was spelled; a service that redirects even so goes in a circle."""
    headers = [("Location", "http://cms:5002/v1/classes/"), ("Content-Type", "text/html")]
    gateway.upstreams.answer(UpstreamName.CMS, b"<a href=http://cms:5002/>", status=308, headers=headers)

    answer = await gateway.client.send(Call(method=method, target=path, headers=[*bearer().items()]))

    (seen,) = gateway.upstreams.seen
    assert seen.request.path == "/v1/classes/"
    assert (answer.status, answer.header("x-error-code")) == (502, "INVALID_RESPONSE")
    assert answer.all("location") == []
    assert b"cms:5002" not in answer.body


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize(("path", "upstream"), PROXIED)
async def test_nothing_of_a_redirect_passes(gateway: Gateway, path: str, upstream: UpstreamName, status: int) -> None:
    """Its body names the service's address, and its target leads out of the prefix or of a page's own."""
    headers = [("Location", "http://10.0.0.7:5002/internal/"), ("Content-Type", "text/html")]
    gateway.upstreams.answer(upstream, b"<a href=http://10.0.0.7:5002/>", status=status, headers=headers)

    answer = await gateway.client.get(path, bearer())

    assert (answer.status, answer.error["code"]) == (502, "INVALID_RESPONSE")
    assert "10.0.0.7" not in f"{answer.body!r}{answer.headers}"


async def test_not_modified_passes(gateway: Gateway) -> None:
    """A service that makes its own tags answers the condition that the caller sent."""
    gateway.upstreams.answer(UpstreamName.CMS, status=304, headers=[("ETag", '"1"')], chunks=[])

    answer = await gateway.client.get("/v1/classes/c1", bearer() | {"If-None-Match": '"1"'})

    assert (answer.status, answer.header("etag"), answer.body) == (304, '"1"', b"")


async def test_the_raw_path_is_not_rewritten(gateway: Gateway) -> None:
    """What was escaped stays escaped, and what wasn't stays so."""
    await gateway.client.get("/v1/classes/%C3%A5sa%20x/a:b;c=d", bearer())

    (seen,) = gateway.upstreams.seen
    assert seen.request.path == "/v1/classes/%C3%A5sa%20x/a:b;c=d"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/classes/../batches",
        "/v1/classes/%2e%2e/batches",
        "/v1/classes/a%2Fb",
        "/v1/classes/a%5Cb",
        "/v1/classes/%00",
        "/bff/v1/teacher/..;/admin",
        "/v1/classes/%zz",
        "/v1/batches/%2e%2e/status",
    ],
)
async def test_nobody_leaves_the_prefix(gateway: Gateway, path: str) -> None:
    """A path that another server could read differently is 400, with a token or without."""
    with_token, without = await gateway.client.get(path, bearer()), await gateway.client.get(path)

    assert (with_token.status, without.status) == (400, 400)
    assert with_token.error["code"] == "INVALID_REQUEST"
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize(("path", "upstream"), PROXIED)
async def test_identity_comes_from_the_token_alone(gateway: Gateway, path: str, upstream: UpstreamName) -> None:
    """Inbound identity headers are removed in every spelling, then set from the token."""
    await gateway.client.get(path, bearer() | FORGED)

    (seen,) = gateway.upstreams.seen
    names = [name.lower().replace("_", "-") for name, _ in seen.request.headers]
    assert seen.request.upstream is upstream
    assert (names.count("x-user-id"), seen.headers["x-user-id"]) == (1, USER)
    assert (names.count("x-org-id"), seen.headers["x-org-id"]) == (1, ORG)
    assert {"x-identity-encoding", "x-internal-api-key", "x-service-id", "authorization"}.isdisjoint(names)


async def test_an_id_outside_ascii_is_encoded(gateway: Gateway) -> None:
    """A non-ASCII user arrives percent-encoded, with the word that it is."""
    await gateway.client.get("/v1/classes", bearer("läraren", "skolan"))

    (seen,) = gateway.upstreams.seen
    assert seen.headers["x-user-id"] == "l%C3%A4raren"
    assert seen.headers["x-org-id"] == "skolan"
    assert seen.headers["x-identity-encoding"] == "url"


async def test_hop_by_hop_and_forwarding_fields_are_the_gateways(gateway: Gateway) -> None:
    """Connection's fields end here; who it was forwarded for is what the gateway saw; the rest passes."""
    sent = bearer() | {
        "Connection": "X-Hop",
        "X-Hop": "1",
        "X-Forwarded-For": "10.0.0.1",
        "Accept-Encoding": "gzip",
        "X-Custom": "kept",
    }

    await gateway.client.get("/v1/classes", sent)

    (seen,) = gateway.upstreams.seen
    assert {"connection", "x-hop", "host"}.isdisjoint(seen.headers)
    assert seen.headers["x-forwarded-for"] == "203.0.113.7"
    assert (seen.headers["accept-encoding"], seen.headers["x-custom"]) == ("gzip", "kept")


@pytest.mark.parametrize("chunked", [True, False])
async def test_bodies_stream_up(gateway: Gateway, *, chunked: bool) -> None:
    """A body passes in order and unchanged, with its length when it was told."""
    call = Call(
        method="PUT",
        target="/v1/classes/c1",
        headers=[*bearer().items(), ("Content-Type", "application/json")],
        chunks=[b'{"a":', b"1}"],
        chunked=chunked,
    )

    await gateway.client.send(call)

    (seen,) = gateway.upstreams.seen
    assert seen.body == b'{"a":1}'
    assert seen.request.content_length == (None if chunked else 7)
    assert seen.headers["content-type"] == "application/json"
    assert seen.request.timeout_class is TimeoutClass.NORMAL


async def test_no_body_is_sent_where_none_came(gateway: Gateway) -> None:
    """A GET without a body is one that may be repeated."""
    await gateway.client.get("/v1/classes", bearer())

    (seen,) = gateway.upstreams.seen
    assert seen.request.body is None
    assert seen.request.idempotent


async def test_answers_stream_down_as_they_are(gateway: Gateway) -> None:
    """Status, repeated headers and chunks arrive as the upstream sent them, and the stream is closed."""
    headers = [("Content-Type", "text/csv"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("ETag", '"1"')]
    gateway.upstreams.answer(UpstreamName.CMS, status=206, headers=headers, chunks=[b"one", b"two"])

    answer = await gateway.client.get("/v1/classes/export", bearer())

    assert (answer.status, answer.body, answer.complete) == (206, b"onetwo", True)
    assert answer.all("set-cookie") == ["a=1", "b=2"]
    assert (answer.header("content-type"), answer.header("etag")) == ("text/csv", '"1"')
    assert [stream.closed for stream in gateway.upstreams.streams] == [True]


async def test_an_answer_without_type_gets_none(gateway: Gateway) -> None:
    """The gateway doesn't guess what an upstream didn't say."""
    gateway.upstreams.answer(UpstreamName.CMS, status=204, headers=(), chunks=[])

    answer = await gateway.client.get("/v1/classes/c1", bearer())

    assert (answer.status, answer.all("content-type"), answer.body) == (204, [], b"")


async def test_an_answer_that_breaks_off_is_not_completed(gateway: Gateway) -> None:
    """After a failure in the middle the caller must not take the body for whole; the stream is closed."""
    headers = [("Content-Type", "text/csv")]
    gateway.upstreams.answer(UpstreamName.CMS, headers=headers, chunks=[b"half", broken_off()])

    answer = await gateway.client.get("/v1/classes", bearer())

    assert (answer.body, answer.complete) == (b"half", False)
    assert [stream.closed for stream in gateway.upstreams.streams] == [True]


@pytest.mark.parametrize(
    ("method", "path", "upstream"),
    [
        ("GET", "/v1/batches/b1/student-associations", UpstreamName.CMS),
        ("POST", "/v1/batches/b1/student-associations/confirm", UpstreamName.CMS),
        ("GET", "/v1/files/batch/b1/state", UpstreamName.FILE),
        ("DELETE", "/v1/files/batch/b1/files/f1", UpstreamName.FILE),
    ],
)
async def test_single_routes_are_passed_on(gateway: Gateway, method: str, path: str, upstream: UpstreamName) -> None:
    """Each goes to the same path of its service, as the caller."""
    await gateway.client.send_json(method, path, {"confirmed": True}, bearer())

    (seen,) = gateway.upstreams.seen
    assert (seen.request.upstream, seen.request.method, seen.request.path) == (upstream, method, path)
    assert seen.headers["x-user-id"] == USER


@pytest.mark.parametrize(
    ("route", "body"), [("login", {"email": "a@b.se", "password": "p"}), ("refresh", {"refresh_token": "r"})]
)
async def test_logging_in_needs_no_token_and_passes_one_on(gateway: Gateway, route: str, body: dict[str, str]) -> None:
    """The identity service gets body and Authorization as sent, and nobody's identity."""
    gateway.upstreams.answer(UpstreamName.IDENTITY, {"access_token": "t"})
    sent = {"Authorization": "Bearer whatever"} | FORGED

    answer = await gateway.client.send_json("POST", f"/v1/auth/{route}", body, sent)

    assert (answer.status, answer.json) == (200, {"access_token": "t"})
    (seen,) = gateway.upstreams.seen
    assert (seen.request.upstream, seen.request.path) == (UpstreamName.IDENTITY, f"/v1/auth/{route}")
    assert seen.body == json.dumps(body).encode()
    assert seen.headers["authorization"] == "Bearer whatever"
    assert seen.headers["x-correlation-id"] == answer.header("x-correlation-id")
    assert {"x-user-id", "x_user_id", "x-org-id", "x-internal-api-key"}.isdisjoint(seen.headers)


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_over_a_megabyte_is_refused(gateway: Gateway, *, chunked: bool) -> None:
    """The limit holds for bodies that only pass through, announced or not."""
    call = Call(
        method="POST",
        target="/v1/classes",
        headers=[*bearer().items(), ("Content-Type", "application/json")],
        chunks=[b"x" * 262_144] * 5,
        chunked=chunked,
    )

    answer = await gateway.client.send(call)

    assert (answer.status, answer.error["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("value", ["åäö €", "plain"])
async def test_header_values_in_utf8_reach_the_service(gateway: Gateway, value: str) -> None:
    """Its bytes are the caller's (RFC 9110 section 5.5)."""
    headers = [*bearer().items(), ("X-Note", value)]

    answer = await gateway.client.send(Call(method="GET", target="/v1/classes", headers=headers))

    (seen,) = gateway.upstreams.seen
    assert answer.status == 200
    assert ("x-note", value) in [(name.lower(), told) for name, told in seen.request.headers]


async def test_header_values_in_another_coding_are_refused(gateway: Gateway) -> None:
    """They couldn't go on unchanged; the caller is told which one it is."""
    headers = [*bearer().items(), ("X-Note", "caf\udce9")]

    answer = await gateway.client.send(Call(method="GET", target="/v1/classes", headers=headers))

    assert (answer.status, answer.error["code"]) == (400, "INVALID_REQUEST")
    assert answer.details["header"] == "x-note"
    assert not gateway.upstreams.seen


async def test_what_does_not_pass_may_be_in_any_coding(gateway: Gateway) -> None:
    """A header that ends here anyway is no reason to refuse."""
    headers = [*bearer().items(), ("X-Forwarded-User", "caf\udce9")]

    answer = await gateway.client.send(Call(method="GET", target="/v1/classes", headers=headers))

    assert answer.status == 200


@pytest.mark.parametrize("value", [b"caf\xc3\xa9", b"caf\xe9", b"\xff\xc3"])
async def test_a_services_header_values_reach_the_caller_byte_for_byte(gateway: Gateway, value: bytes) -> None:
    """Whatever their coding."""
    gateway.upstreams.answer(UpstreamName.CMS, {}, headers=[("X-Note", value.decode(errors="surrogateescape"))])

    answer = await gateway.client.get("/v1/classes", bearer())

    assert answer.status == 200
    assert answer.header("X-Note").encode("latin-1") == value
