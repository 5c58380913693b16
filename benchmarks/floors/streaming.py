"""The floor of the streamed routes: Quart + aiohttp, passing chunks both ways, and nothing else.

No authentication, no header rules, no limits, no back-pressure of its own. Configured by ``UPSTREAM_URL``.
"""

import os
from collections.abc import AsyncIterator

import aiohttp
from quart import Quart, Response, request


def create_app() -> Quart:
    """Return the application: any method on any path goes to the upstream."""
    app = Quart(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = None
    upstream = os.environ["UPSTREAM_URL"]
    sessions: list[aiohttp.ClientSession] = []

    @app.before_serving
    async def open_session() -> None:
        sessions.append(aiohttp.ClientSession(auto_decompress=False))

    @app.after_serving
    async def close_session() -> None:
        await sessions.pop().close()

    @app.route("/<path:path>", methods=["GET", "POST"])
    async def proxy(path: str) -> Response:
        body = request.body if request.method == "POST" else None
        passed = ("Content-Type", "Content-Length")
        headers = {name: request.headers[name] for name in passed if name in request.headers}
        answer = await sessions[0].request(request.method, f"{upstream}/{path}", data=body, headers=headers)

        async def chunks() -> AsyncIterator[bytes]:
            async for chunk in answer.content.iter_any():
                yield chunk
            answer.release()

        response = Response(chunks(), status=answer.status, content_type=answer.content_type)
        response.timeout = None
        return response

    return app
