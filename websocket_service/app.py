"""The feed as a Quart app."""

from functools import partial

from dishka import AsyncContainer
from hypercorn.typing import ASGIFramework
from prometheus_client import CollectorRegistry
from quart import Quart, request, websocket
from quart_dishka import QuartDishka
from werkzeug.exceptions import NotFound

from common.errors.quart_handlers import register_error_handlers
from common.observability.logging import configure_logging
from common.observability.tracing import Tracing
from common.tested_versions import check_versions
from common.web.middleware.cors import AllowedRequests, CorsPolicy
from common.web.middleware.edge import EdgeHeaders
from common.web.serving.configure import configure_app
from common.web.serving.drain import DrainState
from common.web.serving.health import HealthSource
from common.web.serving.lifespan import run_in_background
from websocket_service import SERVICE_NAME
from websocket_service.routes import BLUEPRINTS
from websocket_service.routes.events import ALLOWED_HEADERS, METHODS
from websocket_service.settings import FeedSettings, load_settings
from websocket_service.wiring import background_jobs, drain_hook, make_container


def create_app(container: AsyncContainer) -> Quart:
    """Return the feed whose parts come from ``container``; the app closes it when it stops serving."""
    settings = container.get_sync(FeedSettings)
    app = Quart("websocket_service", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    QuartDishka(app=app, container=container)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_error_handlers(app, service=SERVICE_NAME)
    _refuse_double_slashes(app)
    _serve_house_rules(app, container, settings)
    return app


def create_app_from_environment() -> Quart:
    """Return the feed as the environment describes it, for hypercorn's own command line.

    ``hypercorn 'websocket_service.app:create_app_from_environment()'`` serves it without our listener, our pings and
    our drain: sockets are closed with 1011 all at once, and peers that are gone stay until they are idle.
    """
    check_versions()
    settings = load_settings()
    configure_logging(settings.log_level, service=SERVICE_NAME)
    return create_app(make_container(settings))


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


def _serve_house_rules(app: Quart, container: AsyncContainer, settings: FeedSettings) -> None:
    state = container.get_sync(DrainState)
    tracing = container.get_sync(Tracing)

    state.on_drain(drain_hook(container))
    run_in_background(app, state, background_jobs(container))
    configure_app(
        app,
        environment=settings.shared.environment.value,
        drain=state,
        registry=container.get_sync(CollectorRegistry),
        health=partial(container.get, HealthSource),
        allowed=AllowedRequests(methods=METHODS, headers=ALLOWED_HEADERS),
    )
    dressed: ASGIFramework = EdgeHeaders(
        app.asgi_app, cors=CorsPolicy(frozenset(settings.cors_origins)), hsts=not settings.shared.in_development
    )
    app.asgi_app = tracing.wrap(dressed)  # type: ignore[method-assign]  # the way Quart documents for ASGI middleware

    @app.after_serving
    async def close() -> None:
        await container.close()
        await tracing.close()
