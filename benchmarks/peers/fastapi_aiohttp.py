"""The status floor's job on FastAPI, with aiohttp to the upstream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI, Request, Response

from benchmarks.peers.status import PATH, User, answer, upstream_url


def create_app() -> FastAPI:
    """Return the application with the one route."""
    app = FastAPI(lifespan=_session)
    app.add_api_route(PATH, _status)
    return app


@asynccontextmanager
async def _session(app: FastAPI) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as session:
        app.state.session = session
        yield


async def _status(batch_id: str, user: User, request: Request) -> Response:
    async with request.app.state.session.get(upstream_url(batch_id)) as upstream:
        return answer(await upstream.read(), user)
