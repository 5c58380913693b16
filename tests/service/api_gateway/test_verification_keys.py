"""The gateway and the keys that Identity publishes: whoever logs in first after Identity's start is let in."""

import time

from dishka import Provider, Scope, provide

from api_gateway.ports import BackgroundJobs
from api_gateway.upstream.ports import UpstreamName
from common.identity.keys import KeySource
from tests.support.asgi_client import Answer
from tests.support.eventually import eventually
from tests.support.gateway import Gateway, make_gateway
from tests.support.key_server import running_key_server
from tests.support.signing import claims, rsa_pair, sign_token


class KeysKeptCurrent(Provider):
    """Has the keys fetched, as the deployed gateway does."""

    scope = Scope.APP

    @provide(override=True)
    def jobs(self, keys: KeySource) -> BackgroundJobs:
        """Return what fetches them."""
        return BackgroundJobs({"key_source": keys.run})


def token(kid: str, name: str = "identity") -> str:
    """Return a token of the platform's issuer, signed by the key called ``name``."""
    said = claims(iat=None, jti=None, exp=int(time.time()) + 3600)
    return sign_token(rsa_pair(name), said, kid=kid)


async def asked(gateway: Gateway, encoded: str) -> Answer:
    """Return the answer of a protected route."""
    return await gateway.client.get("/v1/classes", {"Authorization": f"Bearer {encoded}"})


async def test_the_first_login_after_identitys_start_lets_its_user_in() -> None:
    """No key yet: 503 with a time. Logging in works, makes Identity's key, and the token counts without a restart."""
    async with running_key_server() as identity:
        gateway = make_gateway(KeysKeptCurrent(), JWT_SECRET_KEY="", JWT_JWKS_URL=identity.url)
        gateway.upstreams.answer(UpstreamName.IDENTITY, {"access_token": token("1")})
        async with gateway.app.test_app():
            before = await asked(gateway, token("1"))
            login = await gateway.client.send_json("POST", "/v1/auth/login", {"email": "a@b.se", "password": "x"})
            identity.publish(rsa_pair("identity").jwk(kid="1"))

            async def is_let_in() -> bool:
                return (await asked(gateway, token("1"))).status == 200

            await eventually(is_let_in)
            foreign = await asked(gateway, token("1", "stranger"))

    assert (before.status, before.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(before.header("retry-after")) >= 1
    assert login.status == 200
    assert (foreign.status, foreign.details["reason"]) == (401, "token_invalid")
