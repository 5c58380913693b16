"""The identity service: log in, refresh, log out; it alone signs tokens and revokes them."""

import json
from datetime import timedelta
from secrets import compare_digest, token_urlsafe
from typing import NoReturn

from pydantic import BaseModel, JsonValue
from quart import Quart, request
from redis.asyncio import Redis

from common.errors.challenges import AuthReason
from common.errors.factories import raise_authentication_error
from sandbox.people import DemoUser
from sandbox.tokens import AccessToken
from sandbox.upstreams.application import body_as, refuse, service_app
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import now
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "identity_service"
REVOCATIONS_CHANNEL = "auth:revocations"


class Login(BaseModel):
    """What a person types."""

    email: str
    password: str


class Refresh(BaseModel):
    """What the dashboard keeps to get a new access token."""

    refresh_token: str


class Logout(BaseModel):
    """Which session ends; ``all_sessions`` ends every one of the user."""

    refresh_token: str | None = None
    all_sessions: bool = False


class Sessions:
    """The open sessions: each refresh token's user and present access token."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[DemoUser, AccessToken]] = {}

    def begin(self, user: DemoUser, access: AccessToken) -> str:
        """Note a new session and return its refresh token."""
        refresh_token = token_urlsafe(32)
        self._open[refresh_token] = (user, access)
        return refresh_token

    def end(self, refresh_token: str) -> tuple[DemoUser, AccessToken] | None:
        """Forget the session and return whose it was; a refresh token serves once."""
        return self._open.pop(refresh_token, None)

    def by_access(self, encoded: str) -> str | None:
        """Return the refresh token of the session that this access token belongs to."""
        return next((key for key, (_, access) in self._open.items() if access.encoded == encoded), None)

    def end_all(self, user: DemoUser) -> None:
        """Forget every session of the user."""
        self._open = {key: session for key, session in self._open.items() if session[0] != user}


def identity_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the identity service."""
    app = service_app(SERVICE_NAME, listener)
    sessions = Sessions()
    lifetime = timedelta(seconds=around.settings.token_lifetime_s)

    def begun(user: DemoUser) -> dict[str, JsonValue]:
        access = around.mint.access_token(user.user_id, org_id=user.org_id, roles=user.roles, lifetime=lifetime)
        return {
            "access_token": access.encoded,
            "refresh_token": sessions.begin(user, access),
            "token_type": "Bearer",
            "expires_in": around.settings.token_lifetime_s,
        }

    @app.post("/v1/auth/login")
    async def log_in() -> dict[str, JsonValue]:
        typed = await body_as(Login)
        user = around.platform.users.get(typed.email)
        if user is None or not compare_digest(user.password.encode(), typed.password.encode()):
            refuse_credential("The email or the password is wrong.")
        return begun(user)

    @app.post("/v1/auth/refresh")
    async def refresh() -> dict[str, JsonValue]:
        session = sessions.end((await body_as(Refresh)).refresh_token)
        if session is None:
            refuse_credential("The refresh token is not valid; log in again.")
        return begun(session[0])

    @app.post("/v1/auth/logout")
    async def log_out() -> tuple[str, int]:
        asked = await body_as(Logout) if await request.get_data() else Logout()
        bearer = request.headers.get("Authorization", "").partition(" ")[2]
        session = sessions.end(asked.refresh_token or sessions.by_access(bearer) or "")
        if session is None:
            refuse_credential("There is no such session.")
        user, access = session
        await revoke_token(around.redis, user, access)
        if asked.all_sessions:
            sessions.end_all(user)
            await revoke_all(around.redis, user, lifetime)
        return "", 204

    @app.get("/.well-known/jwks.json")
    async def tell_keys() -> dict[str, JsonValue]:
        return around.mint.key_set()

    return app


def refuse_credential(message: str) -> NoReturn:
    """Raise AUTHENTICATION_ERROR."""
    refuse(raise_authentication_error, message, reason=AuthReason.TOKEN_INVALID)


async def revoke_token(redis: Redis, user: DemoUser, access: AccessToken) -> None:
    """Revoke one token until it would have expired (platform contract, "Revocation")."""
    async with redis.pipeline(transaction=True) as both:
        both.set(f"auth:revoked:{access.token_id}", "1", exat=int(access.expires_at.timestamp()) + 1)
        both.publish(REVOCATIONS_CHANNEL, json.dumps({"user_id": user.user_id, "jti": access.token_id}))
        await both.execute()


async def revoke_all(redis: Redis, user: DemoUser, lifetime: timedelta) -> None:
    """Revoke every token of the user that was issued before now (platform contract, "Revocation")."""
    not_before = int(now().timestamp()) + 1
    async with redis.pipeline(transaction=True) as both:
        both.set(f"auth:not_before:{user.user_id}", str(not_before), ex=lifetime)
        both.publish(REVOCATIONS_CHANNEL, json.dumps({"user_id": user.user_id, "not_before": not_before}))
        await both.execute()
