"""The status floor's job on FastAPI, with httpx to the upstream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request, Response

from benchmarks.peers.status import PATH, User, answer, upstream_url

KEPT = httpx.Limits(max_connections=100, max_keepalive_connections=100)
"""As aiohttp has it; httpx by itself keeps 20 of 32 connections."""


def create_app() -> FastAPI:
    """Return the application with the one route."""
    app = FastAPI(lifespan=_client)
    app.add_api_route(PATH, _status)
    return app


@asynccontextmanager
async def _client(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(limits=KEPT, trust_env=False) as client:
        app.state.client = client
        yield


async def _status(batch_id: str, user: User, request: Request) -> Response:
    upstream = await request.app.state.client.get(upstream_url(batch_id))
    return answer(upstream.content, user)
