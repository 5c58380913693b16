"""A logout that Identity accepted ends the access token that was shown with it, and no other."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from pydantic import JsonValue

from api_gateway.upstream.ports import UpstreamName
from common.identity.revocation import Revocation
from common.web.quart_overrides.http_connection import WATCH_AFTER_S
from common.web.serving.configure import serving_parts
from common.web.serving.lifespan import set_scheduler
from sandbox.tokens import TokenMint
from tests.fakes.scheduler import FakeScheduler
from tests.support.asgi_client import Answer, Call
from tests.support.eventually import eventually
from tests.support.gateway import SECRET, USER, Gateway, make_gateway
from tests.support.gateway_feed import redis_away
from tests.support.signing import rsa_pair, sign_token

LOGOUT = "/v1/auth/logout"
SESSION: JsonValue = {"refresh_token": "the-refresh-token"}


def token(*, secret: str = SECRET, lifetime_s: int = 3600, **claims: JsonValue) -> str:
    """Return a token as the platform's issuer makes them, without ``iat`` and ``jti``, and with ``claims`` beside."""
    expires_s = int(datetime.now(UTC).timestamp()) + lifetime_s
    issuer = {"iss": "huleedu-identity-service", "aud": "huleedu-platform"}
    return TokenMint(secret).sign(
        {"sub": USER, "org": None, "roles": ["teacher"], "exp": expires_s, **issuer, **claims}
    )


def digest_id(encoded: str) -> str:
    """Return what a token without ``jti`` is revoked by."""
    return f"sha256:{sha256(encoded.rpartition('.')[0].encode()).hexdigest()}"


def revoked(gateway: Gateway) -> list[str | None]:
    """Return the ids of the tokens that were revoked, in order."""
    return [revocation.token_id for revocation in gateway.feed.revocations.made]


async def log_out(gateway: Gateway, encoded: str, body: JsonValue = SESSION) -> Answer:
    """Log out with that access token."""
    return await gateway.client.send_json("POST", LOGOUT, body, {"Authorization": f"Bearer {encoded}"})


async def test_the_access_token_ends_with_the_session(gateway: Gateway) -> None:
    """Identity ends the refresh token, the gateway the access token: once for each time it is asked."""
    encoded = token()

    answers = [await log_out(gateway, encoded), await log_out(gateway, encoded)]

    assert [answer.status for answer in answers] == [200, 200]
    assert [seen.body for seen in gateway.upstreams.seen] == [b'{"refresh_token": "the-refresh-token"}'] * 2
    assert revoked(gateway) == [digest_id(encoded)] * 2


async def test_a_token_with_an_id_ends_by_its_id(gateway: Gateway) -> None:
    """And nothing but the id and its user is told."""
    await log_out(gateway, token(jti="id-7", sub="lärare-åsa"))

    assert gateway.feed.revocations.made == [Revocation("lärare-åsa", "id-7")]  # type: ignore[arg-type]  # NewTypes


async def test_identity_is_asked_about_the_refresh_token_alone(gateway: Gateway) -> None:
    """With an Authorization header beside it Identity would answer 200 and end nothing."""
    await log_out(gateway, token())

    (seen,) = gateway.upstreams.seen
    assert (seen.request.upstream, seen.request.path) == (UpstreamName.IDENTITY, LOGOUT)
    assert "authorization" not in seen.headers


@pytest.mark.parametrize("body", [{}, {"refresh_token": None}, {"refresh_token": ""}, {"all_sessions": True}], ids=repr)
async def test_without_a_refresh_token_identity_gets_the_access_token(gateway: Gateway, body: JsonValue) -> None:
    """It needs one of the two."""
    encoded = token()

    answer = await log_out(gateway, encoded, body)

    (seen,) = gateway.upstreams.seen
    assert answer.status == 200
    assert seen.headers["authorization"] == f"Bearer {encoded}"
    assert revoked(gateway) == [digest_id(encoded)]


async def test_without_a_body_too(gateway: Gateway) -> None:
    """A page may send no more than its token."""
    encoded = token()
    call = Call(method="POST", target=LOGOUT, headers=[("Authorization", f"Bearer {encoded}")])

    answer = await gateway.client.send(call)

    (seen,) = gateway.upstreams.seen
    assert (answer.status, seen.headers["authorization"]) == (200, f"Bearer {encoded}")
    assert revoked(gateway) == [digest_id(encoded)]


async def test_without_an_access_token_the_session_ends_all_the_same(gateway: Gateway) -> None:
    """There is none to revoke here."""
    answer = await gateway.client.send_json("POST", LOGOUT, SESSION)

    assert (answer.status, len(gateway.upstreams.seen), revoked(gateway)) == (200, 1, [])


@pytest.mark.parametrize(
    "shown",
    [
        lambda: token(secret="another-key-of-some-length-0123456789ab", jti="of-another"),
        lambda: token(jti="of-another").rpartition(".")[0] + ".",
        lambda: token(jti="of-another", lifetime_s=-1),
        lambda: token(jti="of-another", typ="refresh"),
        lambda: token(jti="of-another", aud="elsewhere"),
        lambda: token() + "=",
        lambda: "garbage",
    ],
    ids=["another key", "no signature", "expired", "refresh token", "foreign", "another spelling", "garbage"],
)
async def test_what_proves_nothing_ends_nothing(gateway: Gateway, shown: Callable[[], str]) -> None:
    """Nobody ends another's token by naming its id; the session of the body ends, which needs no access token."""
    answer = await log_out(gateway, shown())

    assert (answer.status, len(gateway.upstreams.seen), revoked(gateway)) == (200, 1, [])


@pytest.mark.parametrize(("status", "answered"), [(400, 400), (401, 401), (500, 502), (503, 502)])
async def test_a_logout_that_identity_refuses_ends_nothing(gateway: Gateway, status: int, answered: int) -> None:
    """The caller is told that the session goes on, and it does."""
    gateway.upstreams.answer(UpstreamName.IDENTITY, {"error": "no"}, status=status)

    answer = await log_out(gateway, token())

    assert (answer.status, revoked(gateway)) == (answered, [])


async def test_nobody_is_told_of_a_logout_that_redis_didnt_hear_of(gateway: Gateway) -> None:
    """503 with a time: the access token counts on. Logging out again mends it, since Identity takes it twice."""
    encoded = token()
    gateway.feed.revocations.failure = redis_away()

    failed = await log_out(gateway, encoded)
    gateway.feed.revocations.failure = None
    again = await log_out(gateway, encoded)

    assert (failed.status, failed.error["code"]) == (503, "CONNECTION_ERROR")
    assert int(failed.header("retry-after")) >= 1
    assert (again.status, revoked(gateway)) == (200, [digest_id(encoded)])


async def test_a_caller_that_leaves_is_logged_out_all_the_same(gateway: Gateway) -> None:
    """Identity has ended the session by then; a page that closes while it logs out is no reason to keep its token."""
    encoded, revocations = token(), gateway.feed.revocations
    revocations.gate.clear()
    async with asyncio.TaskGroup() as callers:
        leaving = callers.create_task(log_out(gateway, encoded))
        await revocations.begun.wait()
        leaving.cancel()
    revocations.gate.set()

    await eventually(lambda: revoked(gateway) == [digest_id(encoded)])


async def test_a_drain_waits_for_the_logout_of_a_caller_that_left(gateway: Gateway) -> None:
    """It is work in flight until it is done: else the process could end before Redis has heard of it."""
    encoded, revocations, drain = token(), gateway.feed.revocations, serving_parts(gateway.app).drain
    headers = [("Authorization", f"Bearer {encoded}"), ("Content-Type", "application/json")]
    call = Call(method="POST", target=LOGOUT, headers=headers, chunks=[json.dumps(SESSION).encode()], leaves=True)
    set_scheduler(gateway.app, scheduler := FakeScheduler())
    revocations.gate.clear()
    async with asyncio.TaskGroup() as callers:
        callers.create_task(gateway.client.send(call))
        await revocations.begun.wait()
        scheduler.advance(WATCH_AFTER_S)
        for _ in range(20):
            await asyncio.sleep(0)
        in_flight = drain.requests
        revocations.gate.set()

    assert in_flight == 1
    assert revoked(gateway) == [digest_id(encoded)]


async def test_a_token_that_cant_be_judged_is_not_called_ended() -> None:
    """Without its key nobody knows whether it is one: 503 with a time, once Identity has ended the session."""
    gateway = make_gateway(JWT_SECRET_KEY="", JWT_JWKS_URL="http://127.0.0.1:1/jwks")
    async with gateway.app.test_app():
        answer = await log_out(gateway, sign_token(rsa_pair(), kid="1"))
        without_token = await gateway.client.send_json("POST", LOGOUT, SESSION)

    assert (answer.status, answer.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(answer.header("retry-after")) >= 1
    assert (without_token.status, len(gateway.upstreams.seen), revoked(gateway)) == (200, 2, [])


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"refresh_token": 7}', "application/json", 400, "VALIDATION_ERROR"),
        (b'{"refresh_token": ["a"]}', "application/json", 400, "VALIDATION_ERROR"),
        (b"[]", "application/json", 400, "VALIDATION_ERROR"),
        (b"{", "application/json", 400, "PARSING_ERROR"),
        (b"refresh_token=a", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
async def test_a_body_that_cant_be_read_ends_nothing(
    gateway: Gateway, body: bytes, kind: str, status: int, code: str
) -> None:
    """It would have been answered 200 by Identity, which looks at the token in the header then and ends nothing."""
    headers = [("Authorization", f"Bearer {token()}"), ("Content-Type", kind)]

    answer = await gateway.client.send(Call(method="POST", target=LOGOUT, headers=headers, chunks=[body]))

    assert (answer.status, answer.error["code"]) == (status, code)
    assert (gateway.upstreams.seen, revoked(gateway)) == ([], [])


async def test_two_tokens_are_refused(gateway: Gateway) -> None:
    """Which of them is to end nobody can tell."""
    headers = [("Authorization", f"Bearer {token()}"), ("Authorization", f"Bearer {token(jti='other')}")]

    answer = await gateway.client.send(Call(method="POST", target=LOGOUT, headers=headers))

    assert (answer.status, answer.error["code"]) == (400, "INVALID_REQUEST")
    assert gateway.upstreams.seen == []
