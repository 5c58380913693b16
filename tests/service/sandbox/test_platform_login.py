"""The simulated identity service answers as the platform's own does: tokens, logins, keys and logouts."""

import jwt
import pytest

from sandbox.secrets import JWT_SECRET
from tests.service.sandbox.world import World

LOGIN = {"email": "asa@skola.example", "password": "penna-och-papper"}
INVALID = "IDENTITY_TOKEN_INVALID"


async def log_in(world: World) -> dict[str, str]:
    """Log Åsa in and return what she gets."""
    answer = await world.identity.post("/v1/auth/login", json=LOGIN)
    body: dict[str, str] = await answer.get_json()
    return body


def claims_of(token: str) -> dict[str, object]:
    """Return a token's claims, unchecked."""
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def refreshes(world: World, refresh_token: str) -> int:
    """Return the status of a refresh."""
    return (await world.identity.post("/v1/auth/refresh", json={"refresh_token": refresh_token})).status_code


async def test_access_tokens_have_neither_iat_nor_jti(world: World) -> None:
    """Subject, organisation, roles, expiry, issuer and audience, and nothing else; the organisation may be null."""
    claims = claims_of((await log_in(world))["access_token"])

    assert claims.pop("exp")
    assert claims == {
        "sub": "lärare-åsa",
        "org": None,
        "roles": ["teacher"],
        "iss": "huleedu-identity-service",
        "aud": "huleedu-platform",
    }


async def test_only_typ_tells_a_refresh_token_from_an_access_token(world: World) -> None:
    """Same key, algorithm, issuer and audience; it has a jti besides."""
    claims = jwt.decode(
        (await log_in(world))["refresh_token"],
        JWT_SECRET,
        algorithms=["HS256"],
        issuer="huleedu-identity-service",
        audience="huleedu-platform",
    )

    assert (claims["sub"], claims["typ"]) == ("lärare-åsa", "refresh")
    assert claims["jti"]


async def test_a_login_is_answered_in_the_contracts_shape(world: World) -> None:
    """Both tokens, the type and the seconds an access token lives."""
    body = await log_in(world)

    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert {key: body[key] for key in ("token_type", "expires_in")} == {"token_type": "Bearer", "expires_in": 600}


async def test_there_is_no_published_key_before_the_first_login(production: World) -> None:
    """The key is made on first use, so that the set is empty after each start."""
    before = await (await production.identity.get("/.well-known/jwks.json")).get_json()
    token = (await log_in(production))["access_token"]
    after = await (await production.identity.get("/.well-known/jwks.json")).get_json()

    assert before == {"keys": []}
    assert [key["kid"] for key in after["keys"]] == [jwt.get_unverified_header(token)["kid"]]


async def test_a_secret_is_never_published(world: World) -> None:
    """With HS256 the key set stays empty."""
    await log_in(world)

    assert await (await world.identity.get("/.well-known/jwks.json")).get_json() == {"keys": []}


@pytest.mark.parametrize("email", [LOGIN["email"], "nobody@skola.example"])
async def test_wrong_credentials_are_400_in_shape_b(world: World, email: str) -> None:
    """The code says what the status doesn't."""
    answer = await world.identity.post("/v1/auth/login", json={"email": email, "password": "no"})

    error = (await answer.get_json())["error"]
    assert answer.status_code == 400
    assert (error["error_code"], error["service"], error["operation"]) == (
        "IDENTITY_INVALID_CREDENTIALS",
        "identity_service",
        "login",
    )


@pytest.mark.parametrize("refusal", ["IDENTITY_ACCOUNT_LOCKED", "IDENTITY_EMAIL_NOT_VERIFIED", "RATE_LIMIT"])
async def test_every_other_refusal_of_a_login_is_400_too(world: World, refusal: str) -> None:
    """A locked account, an unverified mail, identity's own rate limit: a dial has the next login refused so."""
    await world.identity.put("/_sandbox/login", json={"refusal": refusal})

    answer = await world.identity.post("/v1/auth/login", json=LOGIN)
    again = await world.identity.post("/v1/auth/login", json=LOGIN)

    assert (answer.status_code, (await answer.get_json())["error"]["error_code"]) == (400, refusal)
    assert again.status_code == 200


@pytest.mark.parametrize("path", ["/v1/auth/login", "/v1/auth/refresh"])
@pytest.mark.parametrize("body", ['{"email":"maria"}', '{"email":"maria","password":"p"}', "[]", "{", ""])
async def test_a_body_that_isnt_expected_is_a_plain_500(world: World, path: str, body: str) -> None:
    """Whatever is wrong with it."""
    answer = await world.identity.post(path, data=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, await answer.get_json()) == (500, {"error": "Internal server error"})


@pytest.mark.parametrize("token", ["none", "access"])
async def test_a_refresh_without_a_good_refresh_token_is_401_in_shape_b(world: World, token: str) -> None:
    """An access token is none."""
    presented = (await log_in(world))["access_token"] if token == "access" else token

    answer = await world.identity.post("/v1/auth/refresh", json={"refresh_token": presented})

    assert (answer.status_code, (await answer.get_json())["error"]["error_code"]) == (401, INVALID)


async def test_a_refresh_gives_an_access_token_alone(world: World) -> None:
    """The refresh token stays good."""
    refresh_token = (await log_in(world))["refresh_token"]

    answer = await world.identity.post("/v1/auth/refresh", json={"refresh_token": refresh_token})

    assert set(await answer.get_json()) == {"access_token", "token_type", "expires_in"}
    assert await refreshes(world, refresh_token) == 200


async def test_a_logout_with_an_access_token_revokes_nothing(world: World) -> None:
    """200 all the same, and the refresh token in the body isn't looked at."""
    body = await log_in(world)

    answer = await world.identity.post(
        "/v1/auth/logout",
        json={"refresh_token": body["refresh_token"]},
        headers={"Authorization": f"Bearer {body['access_token']}"},
    )

    assert (answer.status_code, await answer.get_json()) == (200, {"message": "Logout successful"})
    assert await refreshes(world, body["refresh_token"]) == 200


async def test_a_logout_without_the_header_revokes_the_refresh_token(world: World) -> None:
    """Only so."""
    refresh_token = (await log_in(world))["refresh_token"]

    answer = await world.identity.post("/v1/auth/logout", json={"refresh_token": refresh_token})

    assert answer.status_code == 200
    assert await refreshes(world, refresh_token) == 401


async def test_a_logout_without_a_token_is_400_in_shape_b(world: World) -> None:
    """With a token that is none it is 200: nobody is to learn which tokens are good."""
    none = await world.identity.post("/v1/auth/logout", json={})
    wrong = await world.identity.post("/v1/auth/logout", json={"refresh_token": "wrong"})

    assert (none.status_code, (await none.get_json())["error"]["error_code"]) == (400, INVALID)
    assert wrong.status_code == 200
