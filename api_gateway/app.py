"""The gateway as a Quart app."""

from functools import partial

from dishka import AsyncContainer
from hypercorn.typing import ASGIFramework
from prometheus_client import CollectorRegistry
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
from common.observability.tracing import Tracing
from common.tested_versions import check_versions
from common.web.middleware.client_address import TrustedProxies
from common.web.middleware.cors import AllowedRequests, CorsPolicy
from common.web.middleware.edge import EdgeHeaders
from common.web.serving.configure import configure_app
from common.web.serving.drain import DrainState
from common.web.serving.health import HealthSource
from common.web.serving.lifespan import run_in_background


def create_app(container: AsyncContainer) -> Quart:
    """Return the gateway whose parts come from ``container``; the app closes it when it stops serving."""
    settings = container.get_sync(GatewaySettings)
    app = Quart("api_gateway", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    describe(app)
    tell_timing(app)
    answer_conditionally(app)
    QuartDishka(app=app, container=container)
    admit_before_routes(app)
    authenticate_before_bodies(app)
    limit_before_bodies(app, container.get_sync(RatePolicies), TrustedProxies(settings.trusted_proxies))
    answer_repeats(app, lapses_after_s=settings.http_client_timeout_seconds + PUBLISH_WITHIN_S + LAPSE_MARGIN_S)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_error_handlers(app, service=SERVICE_NAME, base_url=settings.public_url or "")
    _serve_house_rules(app, container, settings)
    return app


def create_app_from_environment() -> Quart:
    """Return the gateway as the environment describes it, for hypercorn's own command line.

    ``hypercorn 'api_gateway.app:create_app_from_environment()'`` serves it without our listener and our drain.
    """
    check_versions()
    settings = load_settings()
    configure_logging(settings.log_level, service=SERVICE_NAME)
    return create_app(make_container(settings))


def _serve_house_rules(app: Quart, container: AsyncContainer, settings: GatewaySettings) -> None:
    """Wrap ``app`` from the inside out: boundary, headers of every answer, traces."""
    drain = container.get_sync(DrainState)
    tracing = container.get_sync(Tracing)
    run_in_background(app, drain, container.get_sync(BackgroundJobs))
    app.asgi_app = StreamCloser(app.asgi_app)  # type: ignore[method-assign]  # the way Quart documents for ASGI middleware
    configure_app(
        app,
        environment=settings.shared.environment.value,
        drain=drain,
        registry=container.get_sync(CollectorRegistry),
        health=partial(container.get, HealthSource),
        allowed=AllowedRequests(methods=ALLOWED_METHODS, headers=ALLOWED_HEADERS),
    )
    dressed: ASGIFramework = EdgeHeaders(
        app.asgi_app, cors=container.get_sync(CorsPolicy), hsts=not settings.shared.in_development
    )
    app.asgi_app = tracing.wrap(dressed)  # type: ignore[method-assign]  # the way Quart documents for ASGI middleware

    @app.after_serving
    async def close() -> None:
        await container.close()
        await tracing.close()
