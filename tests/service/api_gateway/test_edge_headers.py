"""Headers that every answer carries, whoever made it and however it ended."""

from typing import NoReturn
from uuid import UUID

import pytest

from api_gateway.upstream.ports import UpstreamName
from common.web.serving.configure import serving_parts
from common.web.serving.drain import Stage
from tests.support.asgi_client import Answer, Call
from tests.support.gateway import ORIGIN, Gateway, bearer, make_gateway

STATUS = "/v1/batches/b1/status"
NEVER_READ_BY_PAGES = {
    "connection",
    "content-security-policy",
    "set-cookie",
    "strict-transport-security",
    "timing-allow-origin",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
}
READABLE_ANYWAY = {
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
}

OK = Call(method="GET", target="/v1/classes", headers=[*bearer().items()])
CALLS = {
    "200": OK,
    "201": OK,
    "400": Call(method="GET", target="/v1/classes/%2e%2e"),
    "401": Call(method="GET", target=STATUS),
    "404": Call(method="GET", target="/v1/nothing"),
    "405": Call(method="PUT", target=STATUS),
    "413": Call(method="POST", target="/v1/classes", headers=[*bearer().items()], chunks=[b"x" * 1_048_577]),
    "415": Call(method="POST", target="/v1/batches/register", headers=[*bearer().items()], chunks=[b"x"]),
    "500": OK,
    "502": Call(method="GET", target=STATUS, headers=[*bearer().items()]),
    "503": OK,
}


class BugError(Exception):
    """Something nobody foresaw."""


def broke() -> NoReturn:
    """Fail as nobody foresaw."""
    raise BugError


def arranged(status: str) -> Gateway:
    """Return a gateway that answers the call of ``status`` with that status."""
    gateway = make_gateway()
    match status:
        case "201":
            theirs = [("Access-Control-Allow-Origin", "*"), ("Timing-Allow-Origin", "*"), ("Server", "cms/1.0")]
            headers = [("Location", "/v1/classes/c1"), *theirs]
            gateway.upstreams.answer(UpstreamName.CMS, status=201, headers=headers, chunks=[])
        case "500":
            gateway.upstreams.failing = broke
        case "502":
            gateway.upstreams.answer(UpstreamName.RAS, b"not json")
        case "503":
            serving_parts(gateway.app).drain.stage = Stage.REFUSING
    return gateway


async def ask(status: str, **headers: str) -> Answer:
    """Return the answer with ``status``, asked for with further ``headers``."""
    call = CALLS[status]
    sent = [*call.headers, *((name.replace("_", "-"), value) for name, value in headers.items())]
    answer = await arranged(status).client.send(
        Call(method=call.method, target=call.target, headers=sent, chunks=call.chunks)
    )
    assert answer.status == int(status)
    return answer


@pytest.mark.parametrize("status", CALLS)
async def test_pages_of_an_allowed_origin_may_read_it(status: str) -> None:
    """The exact origin is echoed, and every header a page could use is exposed, errors included."""
    answer = await ask(status, Origin=ORIGIN)

    assert answer.header("access-control-allow-origin") == ORIGIN
    assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("timing-allow-origin") == ORIGIN
    exposed = set(answer.header("access-control-expose-headers").split(", "))
    carried = {name for name, _ in answer.headers if not name.startswith("access-control-")}
    assert exposed == carried - READABLE_ANYWAY - NEVER_READ_BY_PAGES


@pytest.mark.parametrize("status", CALLS)
async def test_other_origins_learn_nothing(status: str) -> None:
    """An origin that isn't listed gets no CORS header at all and no times, upstreams' own included."""
    answer = await ask(status, Origin="https://evil.example")

    assert not [name for name, _ in answer.headers if name.startswith(("access-control-", "timing-allow-"))]


@pytest.mark.parametrize("status", CALLS)
async def test_caches_are_told_that_the_origin_matters(status: str) -> None:
    """Vary names Origin, asked with one or without."""
    answer = await ask(status)

    assert "Origin" in ", ".join(answer.all("vary"))


@pytest.mark.parametrize("status", CALLS)
async def test_security_headers_are_on_every_answer(status: str) -> None:
    """No sniffing, no frames, nothing used again by caches unasked, no banner."""
    answer = await ask(status)

    assert answer.header("x-content-type-options") == "nosniff"
    assert "frame-ancestors 'none'" in answer.header("content-security-policy")
    assert answer.header("cache-control") == ("private, no-cache" if answer.all("etag") else "no-store")
    assert {"server", "x-powered-by", "strict-transport-security"}.isdisjoint(name for name, _ in answer.headers)


@pytest.mark.parametrize("status", CALLS)
async def test_the_correlation_id_comes_back(status: str) -> None:
    """A UUID that was sent is kept; anything else is replaced by one."""
    sent = "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11"

    kept = await ask(status, X_Correlation_ID=sent)
    replaced = await ask(status, X_Correlation_ID="not-a-uuid")

    assert kept.header("x-correlation-id") == sent
    assert str(UUID(replaced.header("x-correlation-id"))) == replaced.header("x-correlation-id")


async def test_outside_development_browsers_are_told_to_use_tls() -> None:
    """HSTS is on answers of every other environment."""
    secret = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    gateway = make_gateway(ENVIRONMENT="staging", JWT_SECRET_KEY=secret, HULEEDU_INTERNAL_API_KEY=secret[::-1])

    answer = await gateway.client.get("/v1/errors")

    assert answer.header("strict-transport-security") == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    "target",
    [
        STATUS,
        "/v1/auth/login",
        "/v1/nothing",
        "/v1/classes/c1",
        "/v1/classes/%2e%2e",
        "//elsewhere.example",
        "/v1/%zz",
        f"/v1/classes?search={'x' * 40_000}",
    ],
)
async def test_a_preflight_is_answered_before_anything_else(gateway: Gateway, target: str) -> None:
    """204 without a token, on any path, refused ones too: methods, request headers, how long to remember them."""
    headers = [("Origin", ORIGIN), ("Access-Control-Request-Method", "PATCH")]

    answer = await gateway.client.send(Call(method="OPTIONS", target=target, headers=headers))

    assert answer.status == 204
    assert (answer.all("content-length"), answer.all("content-type")) == ([], [])
    assert answer.header("access-control-allow-origin") == ORIGIN
    assert "PATCH" in answer.header("access-control-allow-methods")
    assert "Authorization" in answer.header("access-control-allow-headers")
    assert "Idempotency-Key" in answer.header("access-control-allow-headers")
    assert answer.header("access-control-max-age") == "600"
    assert gateway.upstreams.seen == []


async def test_a_preflight_of_a_stranger_allows_nothing(gateway: Gateway) -> None:
    """A page of another origin isn't told that it may."""
    headers = [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "PATCH")]

    answer = await gateway.client.send(Call(method="OPTIONS", target=STATUS, headers=headers))

    assert answer.all("access-control-allow-origin") == []
