"""The health check of a container."""

import sys
from http import HTTPStatus

import pytest
from aiohttp import web

from api_gateway.settings import GatewaySettings
from common.web.serving.probe import PORTS, main
from sandbox.ports import LOOPBACK, free_port
from tests.support.programs import printed_by
from websocket_service.settings import FeedSettings

PROBE = '"$PYTHON" -m common.web.serving.probe /readyz; echo $?'
"""As a container runs it, in a process of its own."""


@pytest.mark.parametrize("variable", PORTS)
@pytest.mark.parametrize(("status", "code"), [(HTTPStatus.OK, 0), (HTTPStatus.SERVICE_UNAVAILABLE, 1)])
async def test_it_tells_what_the_service_answers(variable: str, status: HTTPStatus, code: int) -> None:
    """At the port of either service, on the path that is asked for."""
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/{path}", answer)
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    environ = {name: str(free_port()) for name in PORTS} | {variable: str(port)}

    try:
        printed = await printed_by("sh", "-c", PROBE, environment=environ | {"PYTHON": sys.executable})
    finally:
        await runner.cleanup()

    assert printed.split() == [str(code)]
    assert asked == ["/readyz"]


def test_nothing_there_is_unhealthy() -> None:
    """A refused connection is no failure of the check itself."""
    assert main(["/livez"], {name: str(free_port()) for name in PORTS}) == 1


def test_the_ports_are_the_services_own() -> None:
    """With their defaults."""
    assert {
        "API_GATEWAY_HTTP_PORT": str(GatewaySettings.model_fields["http_port"].default),
        "WEBSOCKET_PORT": str(FeedSettings.model_fields["websocket_port"].default),
    } == PORTS
