"""The gateway as a Quart app."""

from functools import partial

from dishka import AsyncContainer
from quart import Quart
from quart_dishka import QuartDishka

from api_gateway import SERVICE_NAME
from api_gateway.middleware.authentication import authenticate_before_bodies
from api_gateway.middleware.etag import answer_conditionally
from api_gateway.middleware.idempotency import LAPSE_MARGIN_S, answer_repeats
from api_gateway.middleware.path_checks import ALLOWED_HEADERS, ALLOWED_METHODS, admit_before_routes
from api_gateway.middleware.rate_limit import limit_before_bodies
from api_gateway.middleware.server_timing import tell_timing
from api_gateway.middleware.stream_closer import StreamCloser
from api_gateway.openapi.description import describe
from api_gateway.ports import PUBLISH_WITHIN_S, BackgroundJobs, RatePolicies
from api_gateway.routes import BLUEPRINTS
from api_gateway.settings import GatewaySettings, load_settings
from api_gateway.wiring import make_container
from common.errors.quart_handlers import register_error_handlers
from common.observability.logging import configure_logging
from common.tested_versions import check_versions
from common.web.middleware.client_address import TrustedProxies
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
    tell_timing(app)
    answer_conditionally(app)
    QuartDishka(app=app, container=container)
    admit_before_routes(app)
    authenticate_before_bodies(app)
    limit_before_bodies(app, container.get_sync(RatePolicies), container.get_sync(TrustedProxies))
    answer_repeats(app, lapses_after_s=settings.http_client_timeout_seconds + PUBLISH_WITHIN_S + LAPSE_MARGIN_S)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_error_handlers(app, service=SERVICE_NAME, base_url=settings.public_url or "")
