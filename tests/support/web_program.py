"""A small service as a process of its own; logs JSON, ends like ours do.

``python -m tests.support.web_program GRACE_S PATIENCE_S`` serves until it is signalled; clients that are slower than
PATIENCE_S with a head, a body or a pong are dropped.
"""

import asyncio
import gc
import sys

from quart import Quart, request, websocket

from common.errors.close_codes import close_for
from common.errors.codes import FeedErrorCode
from common.observability.logging import configure_logging
from common.web.hypercorn_overrides.config import ConnectionLimits
from common.web.quart_overrides.request_body import limit_body
from common.web.serving.configure import serving_parts
from common.web.serving.lifespan import run_in_background
from common.web.serving.server import ServiceCrashedError, ServingOptions, run, serve_until_signalled
from tests.support.web_app import make_web_app


def program_app(patience_s: float) -> Quart:
    """Return an app with short and long answers, uploads and sockets, that says when its resources close."""
    app = make_web_app()
    drain = serving_parts(app).drain
    sockets: set[asyncio.Task[object]] = set()

    @app.get("/wait/<int:milliseconds>")
    async def wait(milliseconds: int) -> dict[str, int]:
        await asyncio.sleep(milliseconds / 1000)
        return {"waited": milliseconds}

    @app.post("/upload")
    async def upload() -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.body])}

    @app.post("/read")
    @limit_body(max_bytes=1_048_576, idle_s=patience_s, whole_s=2 * patience_s)
    async def read() -> dict[str, int]:
        return {"bytes": len(await request.get_data())}

    @app.get("/memory")
    async def memory() -> dict[str, list[int]]:
        return {"kept": [gc.get_freeze_count()], "thresholds": [*gc.get_threshold()]}

    @app.websocket("/ws")
    async def socket() -> None:
        await websocket.accept()
        task = asyncio.current_task()
        assert task is not None
        sockets.add(task)
        try:
            await closing.wait()
            await websocket.close(*close_for(FeedErrorCode.SERVICE_RESTART, retry_after_ms=250))
        finally:
            sockets.discard(task)

    closing = asyncio.Event()

    @drain.on_drain
    async def close_sockets() -> None:
        closing.set()

    async def job() -> None:
        await closing.wait()
        await asyncio.Event().wait()

    run_in_background(app, drain, {"job": job})

    @app.after_serving
    async def close() -> None:
        sys.stdout.write(f'{{"event": "resources.closed", "requests": {drain.requests}, "sockets": {drain.sockets}}}\n')
        sys.stdout.flush()

    return app


async def serve() -> None:
    """Serve until signalled."""
    grace_s, patience_s = map(float, sys.argv[1:])
    options = ServingOptions(
        "127.0.0.1",
        0,
        drain_grace_s=grace_s,
        drain_deadline_s=30.0,
        websocket_ping_s=patience_s,
        connections=ConnectionLimits(head_s=patience_s),
    )
    await serve_until_signalled(program_app(patience_s), options)


def main() -> int:
    """Run; return the exit code."""
    configure_logging("INFO", service="program")
    try:
        run(serve)
    except ServiceCrashedError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
