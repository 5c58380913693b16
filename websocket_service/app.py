"""The feed as a Quart app, and the command that serves it."""

from functools import partial
from typing import Final

from dishka import AsyncContainer
from quart import Quart, request
from quart_dishka import QuartDishka
from werkzeug.exceptions import NotFound

from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.errors.quart_handlers import register_error_handlers
from common.neighbours import common_neighbours
from common.web.middleware.cors import AllowedRequests
from common.web.quart_overrides.current import current_websocket
from common.web.serving.command import ServiceCommand
from common.web.serving.configure import create_service_app
from common.web.serving.drain import DrainState
from common.web.serving.server import ServingOptions, SocketOptions
from websocket_service import SERVICE_NAME
from websocket_service.routes import BLUEPRINTS
from websocket_service.routes.events import ALLOWED_HEADERS, METHODS
from websocket_service.settings import FeedSettings, load_settings, start_warnings
from websocket_service.wiring import background_jobs, drain_hook, make_container

SEND_BUFFER_BYTES: Final = 64 * 1024
"""What a client that stops reading may pin in the kernel."""

UNACKNOWLEDGED_S: Final = 20.0
"""How long what was sent may stay unacknowledged before the kernel gives the client up."""


def create_app(container: AsyncContainer) -> Quart:
    """Return the feed whose parts come from ``container``; the app closes it when it stops serving."""
    container.get_sync(DrainState).on_drain(drain_hook(container))
    return create_service_app(
        "websocket_service",
        container,
        register=partial(_register, container=container),
        jobs=background_jobs(container),
        allowed=AllowedRequests(methods=METHODS, headers=ALLOWED_HEADERS),
    )


def _register(app: Quart, container: AsyncContainer) -> None:
    QuartDishka(app=app, container=container)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_error_handlers(app, service=SERVICE_NAME)
    _refuse_double_slashes(app)


def _refuse_double_slashes(app: Quart) -> None:
    """Answer 404 for ``//ws``: Werkzeug drops the slashes in front of a path before it looks for a route."""

    @app.before_request
    async def check_request() -> None:
        _check_path(request.scope["path"])

    @app.before_websocket
    async def check_websocket() -> None:
        _check_path(current_websocket().scope["path"])


def _check_path(path: str) -> None:
    if path.startswith("//"):
        raise NotFound


def serving_options(settings: FeedSettings) -> ServingOptions:
    """Return how the process serves as ``settings`` say."""
    return ServingOptions(
        host=settings.host,
        port=settings.websocket_port,
        drain_grace_s=settings.drain_grace_seconds,
        websocket_ping_s=settings.websocket_ping_interval,
        deflate=settings.websocket_deflate,
        sockets=SocketOptions(send_buffer_bytes=SEND_BUFFER_BYTES, unacknowledged_s=UNACKNOWLEDGED_S),
    )


COMMAND: Final = ServiceCommand(
    package="websocket_service",
    service=SERVICE_NAME,
    what="the HuleEdu live feed",
    settings=FeedSettings,
    load=load_settings,
    warnings=start_warnings,
    create_app=lambda settings: create_app(make_container(settings)),
    options=serving_options,
    neighbours=lambda settings: common_neighbours(settings, topic=TEACHER_NOTIFICATION_TOPIC),
)

create_app_from_environment: Final = COMMAND.create_app_from_environment
"""``hypercorn 'websocket_service.app:create_app_from_environment()'`` serves it without our listener, our pings and our
drain: sockets are closed with 1011 all at once, and peers that are gone stay until they are idle."""
