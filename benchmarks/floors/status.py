"""The floor of the status route: Quart + quart-dishka + PyJWT + aiohttp, and nothing else.

Reads a bearer token, verifies it, asks the upstream, compares the owner, answers. No limits, no revocation, no
logs, no metrics, no error format, no deadlines. Configured by ``UPSTREAM_URL`` and ``JWT_SECRET_KEY``.
"""

import os
from collections.abc import AsyncIterator
from typing import NewType

import aiohttp
import jwt
import orjson
from dishka import FromDishka, Provider, Scope, make_async_container, provide
from quart import Quart, Request, Response
from quart_dishka import QuartDishka, QuartProvider, inject

UserId = NewType("UserId", str)


class Providers(Provider):
    """The caller, and the session to the upstream."""

    @provide(scope=Scope.APP)
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Open one client session for the application's life."""
        async with aiohttp.ClientSession() as session:
            yield session

    @provide(scope=Scope.REQUEST)
    def user(self, request: Request) -> UserId:
        """Verify the bearer token."""
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(
            token,
            os.environ["JWT_SECRET_KEY"],
            algorithms=["HS256"],
            audience="huleedu-platform",
            issuer="huleedu-identity-service",
        )
        return UserId(claims["sub"])


def create_app() -> Quart:
    """Return the application with the one route."""
    app = Quart(__name__, static_folder=None)
    upstream = os.environ["UPSTREAM_URL"]

    @app.get("/v1/batches/<batch_id>/status")
    @inject
    async def status(batch_id: str, user: FromDishka[UserId], session: FromDishka[aiohttp.ClientSession]) -> Response:
        async with session.get(f"{upstream}/internal/v1/batches/{batch_id}/status") as answer:
            body = orjson.loads(await answer.read())
        if body.pop("user_id") != user:
            return Response(b"{}", status=403)
        return Response(orjson.dumps({"status": "processing", "details": body}), content_type="application/json")

    QuartDishka(app=app, container=make_async_container(Providers(), QuartProvider()))
    return app
