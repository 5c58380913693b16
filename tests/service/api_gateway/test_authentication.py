"""Every route either knows its caller or stands on the public list; a stranger's body is never read."""

from collections.abc import Iterator
from datetime import UTC, datetime

import jwt
import pytest
from dishka import Provider, Scope, provide
from pydantic import JsonValue
from werkzeug.routing import Rule

from api_gateway.middleware.authentication import PUBLIC_ROUTES
from common.identity.principal import TokenVerifier
from sandbox.tokens import TokenMint
from tests.fakes.token_verifier import CountingVerifier
from tests.support.asgi_client import Call
from tests.support.gateway import SECRET, USER, Gateway, bearer, make_gateway

CONTRACT_PUBLIC = {
    "/healthz",
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/redocs",
    "/v1/errors",
    "/v1/errors/<code>",
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/auth/logout",
}
STATUS = "/v1/batches/b1/status"
NOW = int(datetime.now(UTC).timestamp())
"""When the tests were collected; a run may end an hour later."""

DAY = 86_400
CLAIMS: dict[str, JsonValue] = {
    "sub": USER,
    "iss": "huleedu-identity-service",
    "aud": "huleedu-platform",
    "iat": NOW,
    "exp": NOW + 3 * DAY,
}


class VerifiedBy(Provider):
    """Puts ``verifier`` in the place of the real one."""

    def __init__(self, verifier: TokenVerifier) -> None:
        super().__init__()
        self._verifier = verifier

    @provide(scope=Scope.APP, override=True)
    def verifier(self) -> TokenVerifier:
        """Return it."""
        return self._verifier


def rules() -> list[Rule]:
    """Return every rule of the gateway's URL map."""
    return list(make_gateway().app.url_map.iter_rules())


def calls(rule: Rule) -> Iterator[Call]:
    """Yield a call of ``rule`` for each of its methods."""
    target = rule.rule
    for name in rule.arguments:
        target = target.replace(f"<{name}>", "x1").replace(f"<path:{name}>", "x1")
    for method in sorted((rule.methods or set()) - {"OPTIONS"}):
        yield Call(method=method, target=target)


PUBLIC = [rule for rule in rules() if rule.rule in PUBLIC_ROUTES]
PUBLIC_CALLS = [call for rule in PUBLIC for call in calls(rule)]
PROTECTED_CALLS = [call for rule in rules() if rule.rule not in PUBLIC_ROUTES for call in calls(rule)]
MISSING = 'Bearer realm="huleedu"'
MALFORMED = 'Bearer realm="huleedu", error="invalid_request"'
INVALID = 'Bearer realm="huleedu", error="invalid_token"'


def token(**claims: JsonValue) -> str:
    """Return a token with ``claims`` in place of the valid ones; None leaves a claim out."""
    merged = CLAIMS | claims
    return TokenMint(SECRET).sign({name: value for name, value in merged.items() if value is not None})


def test_the_public_list_is_the_contracts() -> None:
    """Nothing is public that the contract doesn't list, and all of that exists."""
    assert {rule.rule for rule in PUBLIC} >= CONTRACT_PUBLIC


@pytest.mark.parametrize("call", PROTECTED_CALLS, ids=lambda c: f"{c.method} {c.target}")
async def test_a_protected_route_knows_its_caller(gateway: Gateway, call: Call) -> None:
    """Called without a token, every route off the public list is 401 with a challenge, and nobody behind is asked."""
    answer = await gateway.client.send(call)

    assert answer.status == 401
    assert answer.header("www-authenticate") == MISSING
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("call", PUBLIC_CALLS, ids=lambda c: f"{c.method} {c.target}")
async def test_a_public_route_asks_for_no_token(gateway: Gateway, call: Call) -> None:
    """Called without a token, no route of the public list is 401."""
    answer = await gateway.client.send(call)

    assert answer.status != 401


@pytest.mark.parametrize("rule", rules(), ids=str)
async def test_options_never_asks_for_a_token(gateway: Gateway, rule: Rule) -> None:
    """OPTIONS is answered by the gateway itself on every route, and never forwarded."""
    call = next(calls(rule))

    answer = await gateway.client.send(Call(method="OPTIONS", target=call.target))

    assert (answer.status, answer.body) == (204, b"")
    assert {"OPTIONS", call.method} <= set(answer.header("allow").split(", "))
    assert gateway.upstreams.seen == []


async def test_a_strangers_body_is_not_judged(gateway: Gateway) -> None:
    """Without a token an invalid body is 401, not 400: nobody looked at it."""
    answer = await gateway.client.send_json("POST", "/v1/batches/register", {"expected_essay_count": -1})

    assert answer.status == 401


@pytest.mark.parametrize("path", ["/", "/v1/unknown", "/static/x.js", "/v1/batches/b1", "/scalar", "/v2/batches"])
async def test_an_unknown_route_is_404_for_everybody(gateway: Gateway, path: str) -> None:
    """What isn't listed doesn't exist, with a token or without."""
    with_token, without = await gateway.client.get(path, bearer()), await gateway.client.get(path)

    assert (with_token.status, without.status) == (404, 404)
    assert without.error["code"] == "RESOURCE_NOT_FOUND"


async def test_a_wrong_method_is_405_for_everybody(gateway: Gateway) -> None:
    """405 comes before any question about tokens, and tells the methods there are."""
    answer = await gateway.client.send(Call(method="DELETE", target=STATUS))

    assert (answer.status, answer.error["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.header("allow").split(", "))


@pytest.mark.parametrize(
    ("values", "status", "code", "challenge", "reason"),
    [
        ([], 401, "AUTHENTICATION_ERROR", MISSING, "token_missing"),
        ([""], 401, "AUTHENTICATION_ERROR", MISSING, "token_missing"),
        (["Basic dTpw"], 401, "AUTHENTICATION_ERROR", MISSING, "token_missing"),
        (["Bearer"], 400, "INVALID_REQUEST", MALFORMED, "request_malformed"),
        (["Bearer "], 400, "INVALID_REQUEST", MALFORMED, "request_malformed"),
        (["Bearer a b"], 400, "INVALID_REQUEST", MALFORMED, "request_malformed"),
        ([f"Bearer {token()}"] * 2, 400, "INVALID_REQUEST", MALFORMED, "request_malformed"),
    ],
    ids=["none", "empty", "other scheme", "nothing behind", "a space behind", "spaces behind", "two"],
)
async def test_a_credential_that_is_none(  # the columns of the table
    gateway: Gateway, values: list[str], status: int, code: str, challenge: str, reason: str
) -> None:
    """Each way to send no token has its status, code and challenge (docs/gateway.md, row 3)."""
    answer = await gateway.client.send(
        Call(method="GET", target=STATUS, headers=[("Authorization", value) for value in values])
    )

    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.header("www-authenticate") == challenge
    assert answer.details["reason"] == reason


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("garbage", "token_invalid"),
        ("a.b.c", "token_invalid"),
        (token(exp=NOW - 1), "token_expired"),
        (token(nbf=NOW + DAY), "token_invalid"),
        (token(iat=NOW + DAY), "token_invalid"),
        (token(typ="refresh", jti="of-a-refresh-token"), "token_invalid"),
        (f"{token()}=", "token_invalid"),
        (token(exp=None), "token_invalid"),
        (token(sub=None), "token_invalid"),
        (token(sub=""), "token_invalid"),
        (token(aud="elsewhere"), "token_invalid"),
        (token(iss="somebody"), "token_invalid"),
        (TokenMint("another-key-of-some-length-0123456789ab").sign(CLAIMS), "token_invalid"),
        (jwt.encode(CLAIMS, SECRET + SECRET, algorithm="HS512"), "token_invalid"),
        (jwt.encode(CLAIMS, "", algorithm="none"), "token_invalid"),
        (token(padding="x" * 9000), "token_invalid"),
    ],
    ids=[
        "garbage",
        "three parts of garbage",
        "expired",
        "not yet valid",
        "issued in the future",
        "refresh token",
        "another spelling",
        "no exp",
        "no sub",
        "empty sub",
        "wrong audience",
        "wrong issuer",
        "wrong key",
        "wrong algorithm",
        "algorithm none",
        "oversized",
    ],
)
async def test_a_token_that_proves_nothing(gateway: Gateway, sent: str, reason: str) -> None:
    """Every bad token is 401 invalid_token; the reason tells whether refreshing helps."""
    answer = await gateway.client.get(STATUS, {"Authorization": f"Bearer {sent}"})

    assert (answer.status, answer.error["code"]) == (401, "AUTHENTICATION_ERROR")
    assert answer.header("www-authenticate") == INVALID
    assert answer.details["reason"] == reason
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize(
    ("claims", "headers"),
    [
        ({"iat": None, "org": None}, {"x-user-id": USER}),
        ({"iat": None, "org_id": "", "org": "school-1"}, {"x-user-id": USER, "x-org-id": "school-1"}),
        ({"iat": None, "sub": "lärare"}, {"x-user-id": "l%C3%A4rare", "x-identity-encoding": "url"}),
        ({"iat": NOW, "jti": "token-1", "typ": "access"}, {"x-user-id": USER}),
    ],
    ids=["today's issuer", "with an organisation", "not ASCII", "with all claims"],
)
async def test_a_token_of_the_platform(gateway: Gateway, claims: dict[str, JsonValue], headers: dict[str, str]) -> None:
    """Today's issuer writes neither ``iat`` nor ``jti``, and null for an organisation that isn't there."""
    spelled = CLAIMS | {"org": None} | claims
    encoded = TokenMint(SECRET).sign({name: value for name, value in spelled.items() if (name, value) != ("iat", None)})

    answer = await gateway.client.get("/v1/classes", {"Authorization": f"Bearer {encoded}"})

    (seen,) = gateway.upstreams.seen
    assert answer.status == 200
    assert {
        name: value for name, value in seen.headers.items() if name.startswith(("x-user", "x-org", "x-id"))
    } == headers


async def test_a_token_is_verified_once() -> None:
    """Hook and route get the same Principal, made by one verification."""
    verifier = CountingVerifier()
    gateway = make_gateway(VerifiedBy(verifier))

    answer = await gateway.client.get("/v1/classes", {"Authorization": "Bearer whatever"})

    assert answer.status == 200
    assert verifier.verified == ["whatever"]
