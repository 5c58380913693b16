"""A server at the mercy of broken clients."""

import asyncio
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from quart import Quart, request, websocket
from structlog.testing import capture_logs

from common.web.quart_overrides.http_connection import WATCH_AFTER_S
from tests.support.eventually import eventually
from tests.support.garbage import complaints, throw_garbage
from tests.support.raw_http import ask
from tests.support.web_app import make_web_app
from tests.support.web_server import run_server


def ordinary_app() -> Quart:
    """Return an app with one of each."""
    app = make_web_app()

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {}

    @app.get("/wait")
    async def wait() -> dict[str, str]:
        await asyncio.sleep(1.5 * WATCH_AFTER_S)  # so that clients are watched by the clock of a real server
        return {}

    @app.post("/read")
    async def read() -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.body])}

    @app.post("/ignore")
    async def ignore() -> dict[str, str]:
        return {}

    @app.post("/json")
    async def read_json() -> dict[str, JsonValue]:
        return {"read": await request.get_json()}

    @app.websocket("/echo")
    async def echo() -> None:
        await websocket.accept()
        while True:
            await websocket.send(await websocket.receive())

    return app


@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(dice=st.randoms(use_true_random=True))
async def test_nothing_a_client_sends_is_our_failure(dice: Random) -> None:
    """Mutated requests and frames, in pieces, pipelined, cut off: no 500, no error, nothing uncaught, nothing left.

    A 501 says that the client used a transfer coding that isn't read here.
    """
    with capture_logs() as lines, complaints() as uncaught:
        async with run_server(ordinary_app()) as server:
            await throw_garbage(server.port, dice, connections=120, at_once=20)
            await eventually(lambda: (server.drain.requests, server.drain.sockets) == (0, 0))
            await eventually(lambda: server.connections == 0)
            alive = await ask(server.port, "GET /hello HTTP/1.1")

    assert uncaught == []
    assert [line for line in lines if line["log_level"] != "info"] == []
    assert {line["status"] for line in lines if line.get("status", 0) >= 500} <= {501}
    assert alive.status == 200
