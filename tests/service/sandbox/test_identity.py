"""The simulated identity service keeps the contract's word on tokens and revocation."""

import json

import jwt
from redis.asyncio import Redis

from sandbox.secrets import JWT_SECRET
from tests.service.sandbox.world import World
from tests.support.eventually import PATIENCE_S

LOGIN = {"email": "asa@skola.example", "password": "penna-och-papper"}


async def log_in(world: World) -> dict[str, str]:
    """Log Åsa in and return her tokens."""
    answer = await world.identity.post("/v1/auth/login", json=LOGIN)
    body: dict[str, str] = await answer.get_json()
    return body


async def test_login_gives_a_token_with_the_claims_of_the_contract(world: World) -> None:
    """Issuer, audience, subject, times and id are what the edge verifies."""
    body = await log_in(world)

    claims = jwt.decode(
        body["access_token"],
        JWT_SECRET,
        algorithms=["HS256"],
        audience="huleedu-platform",
        issuer="huleedu-identity-service",
        options={"require": ["exp", "iat", "sub", "jti"]},
    )
    assert claims["sub"] == "lärare-åsa"
    assert claims["roles"] == ["teacher"]
    assert claims["exp"] - claims["iat"] == 600
    assert {key: body[key] for key in ("token_type", "expires_in")} == {"token_type": "Bearer", "expires_in": 600}


async def test_a_wrong_password_is_the_platforms_401(world: World) -> None:
    """A stranger learns nothing but that it was wrong."""
    answer = await world.identity.post("/v1/auth/login", json={**LOGIN, "password": "no"})

    assert answer.status_code == 401
    error = (await answer.get_json())["error"]
    assert (error["code"], error["service"]) == ("AUTHENTICATION_ERROR", "identity_service")


async def test_a_refresh_token_serves_once(world: World) -> None:
    """Refreshing gives new tokens and uses the old refresh token up."""
    old = (await log_in(world))["refresh_token"]

    first = await world.identity.post("/v1/auth/refresh", json={"refresh_token": old})
    second = await world.identity.post("/v1/auth/refresh", json={"refresh_token": old})

    assert (first.status_code, second.status_code) == (200, 401)


async def test_logout_revokes_the_token_in_redis_and_says_so(world: World, redis: Redis) -> None:
    """The key lives no longer than the token, and every replica hears of it."""
    token = (await log_in(world))["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    async with redis.pubsub() as listening:
        await listening.subscribe("auth:revocations")
        await listening.get_message(timeout=PATIENCE_S)

        answer = await world.identity.post("/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})

        heard = await listening.get_message(ignore_subscribe_messages=True, timeout=PATIENCE_S)
    assert answer.status_code == 204
    assert heard is not None
    assert json.loads(heard["data"]) == {"user_id": "lärare-åsa", "jti": claims["jti"]}
    assert 0 < await redis.ttl(f"auth:revoked:{claims['jti']}") <= 602


async def test_logging_out_everywhere_refuses_every_token_issued_before(world: World, redis: Redis) -> None:
    """All sessions of the user end, and the not-before mark is in Redis."""
    body, other = await log_in(world), await log_in(world)

    await world.identity.post("/v1/auth/logout", json={"refresh_token": body["refresh_token"], "all_sessions": True})

    issued_at = jwt.decode(body["access_token"], options={"verify_signature": False})["iat"]
    assert int(await redis.get("auth:not_before:lärare-åsa") or 0) > issued_at
    refreshed = await world.identity.post("/v1/auth/refresh", json={"refresh_token": other["refresh_token"]})
    assert refreshed.status_code == 401


async def test_a_secret_is_never_published(world: World) -> None:
    """With HS256 the key set is empty."""
    answer = await world.identity.get("/.well-known/jwks.json")

    assert await answer.get_json() == {"keys": []}
