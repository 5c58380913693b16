"""What is being served is found while it is served, and only by the task that serves it."""

from collections.abc import Callable

import pytest
from quart import Quart, Response, request, websocket
from quart.testing.connections import WebsocketDisconnectError

from common.web.quart_overrides.current import (
    current_request,
    current_websocket,
    request_state,
    serving_app,
    websocket_state,
)
from tests.support.web_app import make_web_app


def app_that(view: Callable[[], None]) -> Quart:
    """Return an app of ours whose route ``/a`` runs ``view``."""
    app = make_web_app()

    @app.get("/a")
    async def _a() -> Response:
        view()
        return Response(b"", 204)

    return app


async def test_the_request_is_the_one_that_quart_serves() -> None:
    """It is the object that the proxy stands for, and not the proxy."""
    found = []
    app = app_that(lambda: found.append((current_request(), current_request() == request)))

    await app.test_client().get("/a")

    assert [(type(each), same) for each, same in found] == [(app.request_class, True)]


async def test_each_request_keeps_its_own() -> None:
    """What one request keeps isn't there for the next."""
    found = []

    def view() -> None:
        found.append(vars(request_state()).copy())
        request_state().kept = "by the one before"

    client = app_that(view).test_client()

    await client.get("/a")
    await client.get("/a")

    assert found == [{}, {}]


async def test_each_socket_keeps_its_own() -> None:
    """What one socket keeps isn't there for the next; both find their app and themselves."""
    app, found = make_web_app(), []

    @app.websocket("/ws")
    async def _serve() -> None:
        found.append((vars(websocket_state()).copy(), serving_app() is app, current_websocket() == websocket))
        websocket_state().kept = "by the one before"
        await current_websocket().accept()

    for _ in range(2):
        async with app.test_client().websocket("/ws") as client:
            with pytest.raises(WebsocketDisconnectError):
                await client.receive()

    assert found == [({}, True, True)] * 2


@pytest.mark.parametrize("look_up", [current_request, request_state, current_websocket, websocket_state, serving_app])
async def test_outside_a_request_there_is_none(look_up: Callable[[], object]) -> None:
    """Neither before one is served nor afterwards."""
    await app_that(lambda: None).test_client().get("/a")

    with pytest.raises(LookupError):
        look_up()
