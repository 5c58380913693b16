"""The identity service: log in, refresh, log out; it alone signs tokens. It revokes no access token."""

from collections import deque
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from itertools import repeat
from secrets import compare_digest
from typing import Annotated, Any, NoReturn

import jwt
from pydantic import BaseModel, Field, JsonValue, PositiveInt
from quart import Quart, request

from sandbox.people import DemoUser
from sandbox.upstreams.application import json_body, parse_body, service_app
from sandbox.upstreams.dials import CONTROL_PREFIX
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.refusals import RefusedError, refuse_in_detail
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "identity_service"
BEARER = "Bearer "
INVALID_TOKEN = "IDENTITY_TOKEN_INVALID"


class LoginRefusal(StrEnum):
    """Why a login can be refused besides a wrong password; each is a 400."""

    EMAIL_NOT_VERIFIED = "IDENTITY_EMAIL_NOT_VERIFIED"
    ACCOUNT_LOCKED = "IDENTITY_ACCOUNT_LOCKED"
    RATE_LIMIT = "RATE_LIMIT"


MESSAGES = {
    LoginRefusal.EMAIL_NOT_VERIFIED: "Email address not verified",
    LoginRefusal.ACCOUNT_LOCKED: "Account is locked due to too many failed login attempts",
    LoginRefusal.RATE_LIMIT: "Too many login attempts. Please try again later.",
}


class LoginSetting(BaseModel):
    """Has the next logins refused, whatever the password."""

    refusal: LoginRefusal
    for_next: PositiveInt = 1


class TokenSetting(BaseModel):
    """How many seconds access tokens live that are issued from now on; None is as the sandbox was started."""

    lifetime_s: PositiveInt | None


class Login(BaseModel):
    """What a person types; the real service, too, takes only what looks like an address."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    password: str


class Refresh(BaseModel):
    """What the dashboard keeps to get a new access token."""

    refresh_token: str


class Sessions:
    """Signs tokens and remembers which refresh tokens are good."""

    def __init__(self, around: Surroundings) -> None:
        self._mint = around.mint
        self._people = around.platform.users
        self._usual_lifetime = timedelta(seconds=around.settings.token_lifetime_s)
        self._lifetime = self._usual_lifetime
        self._good: set[str] = set()
        self._forced: deque[LoginRefusal] = deque()
        self._has_key = False

    def force(self, setting: LoginSetting) -> None:
        """Have the next logins refused as ``setting`` says."""
        self._forced.clear()
        self._forced.extend(repeat(setting.refusal, setting.for_next))

    def set_lifetime(self, setting: TokenSetting) -> None:
        """Have access tokens live as long as ``setting`` says."""
        seconds = setting.lifetime_s
        self._lifetime = self._usual_lifetime if seconds is None else timedelta(seconds=seconds)

    def log_in(self, typed: Login) -> dict[str, JsonValue]:
        """Return the tokens of a new session.

        Raises:
            RefusedError: 400, whatever the reason.
        """
        if self._forced:
            refusal = self._forced.popleft()
            _refuse_login(refusal.value, MESSAGES[refusal], typed.email)
        user = self._people.get(typed.email)
        if user is None or not compare_digest(user.password.encode(), typed.password.encode()):
            _refuse_login("IDENTITY_INVALID_CREDENTIALS", "Invalid email or password", typed.email)
        self._has_key = True
        refresh = self._mint.refresh_token(user.user_id)
        self._good.add(refresh.token_id)
        return {**self._access(user), "refresh_token": refresh.encoded}

    def refresh(self, token: str) -> dict[str, JsonValue]:
        """Return a new access token; the refresh token stays good.

        Raises:
            RefusedError: 401, whatever the reason.
        """
        claims = self._claims(token)
        user = next((one for one in self._people.values() if one.user_id == claims.get("sub")), None)
        if claims.get("jti") not in self._good or user is None:
            refuse_in_detail(
                HTTPStatus.UNAUTHORIZED,
                INVALID_TOKEN,
                "Invalid or expired refresh token",
                service=SERVICE_NAME,
                operation="refresh_token",
                details={},
            )
        return self._access(user)

    def log_out(self, token: str) -> dict[str, JsonValue]:
        """Revoke ``token`` if it is a refresh token; of any other the answer is the same, and nothing happens.

        Raises:
            RefusedError: 400 without a token.
        """
        if not token:
            refuse_in_detail(
                HTTPStatus.BAD_REQUEST,
                INVALID_TOKEN,
                "No token provided for logout",
                service=SERVICE_NAME,
                operation="logout",
                details={},
            )
        self._good.discard(self._claims(token).get("jti", ""))
        return {"message": "Logout successful"}

    def keys(self) -> dict[str, JsonValue]:
        """Return the published keys: none before the first login, which makes the key."""
        return self._mint.key_set() if self._has_key else {"keys": []}

    def _access(self, user: DemoUser) -> dict[str, JsonValue]:
        token = self._mint.access_token(user.user_id, org_id=user.org_id, roles=user.roles, lifetime=self._lifetime)
        return {
            "access_token": token.encoded,
            "token_type": "Bearer",
            "expires_in": int(self._lifetime.total_seconds()),
        }

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            return self._mint.verify(token)
        except jwt.InvalidTokenError:
            return {}


def identity_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the identity service."""
    app = service_app(SERVICE_NAME, listener)
    sessions = Sessions(around)

    @app.post("/v1/auth/login")
    async def log_in() -> dict[str, JsonValue]:
        return sessions.log_in(await parse_body(Login))

    @app.post("/v1/auth/refresh")
    async def refresh() -> dict[str, JsonValue]:
        return sessions.refresh((await parse_body(Refresh)).refresh_token)

    @app.post("/v1/auth/logout")
    async def log_out() -> dict[str, JsonValue]:
        return sessions.log_out(await read_token())

    @app.get("/.well-known/jwks.json")
    async def tell_keys() -> dict[str, JsonValue]:
        return sessions.keys()

    @app.put(f"{CONTROL_PREFIX}login")
    async def force_refusal() -> dict[str, JsonValue]:
        setting = await parse_body(LoginSetting)
        sessions.force(setting)
        return setting.model_dump(mode="json")

    @app.put(f"{CONTROL_PREFIX}tokens")
    async def set_token_lifetime() -> dict[str, JsonValue]:
        setting = await parse_body(TokenSetting)
        sessions.set_lifetime(setting)
        return setting.model_dump(mode="json")

    return app


async def read_token() -> str:
    """Return the token a logout presents: that of the Authorization header, only without one that of the body."""
    header = request.headers.get("Authorization", "")
    if header.startswith(BEARER):
        return header.removeprefix(BEARER)
    try:
        body = await json_body()
    except RefusedError:
        return ""
    token = body.get("refresh_token") if isinstance(body, dict) else None
    return token if isinstance(token, str) else ""


def _refuse_login(code: str, message: str, email: str) -> NoReturn:
    refuse_in_detail(
        HTTPStatus.BAD_REQUEST, code, message, service=SERVICE_NAME, operation="login", details={"email": email}
    )
