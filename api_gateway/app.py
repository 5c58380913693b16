"""The gateway as a Quart app."""

from functools import partial

from dishka import AsyncContainer
from quart import Quart
from quart_dishka import QuartDishka

from api_gateway import SERVICE_NAME
from api_gateway.middleware import register_middleware
from api_gateway.middleware.path_checks import ALLOWED_HEADERS, ALLOWED_METHODS
from api_gateway.middleware.stream_closer import StreamCloser
from api_gateway.openapi.description import describe
from api_gateway.ports import BackgroundJobs
from api_gateway.routes import BLUEPRINTS
from api_gateway.settings import GatewaySettings, load_settings
from api_gateway.wiring import make_container
from common.errors.quart_handlers import register_error_handlers
from common.observability.logging import configure_logging
from common.tested_versions import check_versions
from common.web.middleware.cors import AllowedRequests
from common.web.serving.configure import create_service_app


def create_app(container: AsyncContainer) -> Quart:
    """Return the gateway whose parts come from ``container``; the app closes it when it stops serving."""
    return create_service_app(
        "api_gateway",
        container,
        register=partial(_register, container=container),
        jobs=container.get_sync(BackgroundJobs),
        allowed=AllowedRequests(methods=ALLOWED_METHODS, headers=ALLOWED_HEADERS),
        inside=(StreamCloser,),
    )


def create_app_from_environment() -> Quart:
    """Return the gateway as the environment describes it, for hypercorn's own command line.

    ``hypercorn 'api_gateway.app:create_app_from_environment()'`` serves it without our listener and our drain.
    """
    check_versions()
    settings = load_settings()
    configure_logging(settings.log_level, service=SERVICE_NAME)
    return create_app(make_container(settings))


def _register(app: Quart, container: AsyncContainer) -> None:
    settings = container.get_sync(GatewaySettings)
    describe(app)
    QuartDishka(app=app, container=container)
    register_middleware(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_error_handlers(app, service=SERVICE_NAME, base_url=settings.public_url or "")
