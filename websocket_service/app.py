"""The feed as a Quart app."""

from functools import partial

from dishka import AsyncContainer
from quart import Quart, request, websocket
from quart_dishka import QuartDishka
from werkzeug.exceptions import NotFound

from common.errors.quart_handlers import register_error_handlers
from common.observability.logging import configure_logging
from common.tested_versions import check_versions
from common.web.middleware.cors import AllowedRequests
from common.web.serving.configure import create_service_app
from common.web.serving.drain import DrainState
from websocket_service import SERVICE_NAME
from websocket_service.routes import BLUEPRINTS
from websocket_service.routes.events import ALLOWED_HEADERS, METHODS
from websocket_service.settings import load_settings
from websocket_service.wiring import background_jobs, drain_hook, make_container


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


def create_app_from_environment() -> Quart:
    """Return the feed as the environment describes it, for hypercorn's own command line.

    ``hypercorn 'websocket_service.app:create_app_from_environment()'`` serves it without our listener, our pings and
    our drain: sockets are closed with 1011 all at once, and peers that are gone stay until they are idle.
    """
    check_versions()
    settings = load_settings()
    configure_logging(settings.log_level, service=SERVICE_NAME)
    return create_app(make_container(settings))


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
        _check_path(websocket.scope["path"])


def _check_path(path: str) -> None:
    if path.startswith("//"):
        raise NotFound
