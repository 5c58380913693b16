"""Makes a service's app, and wraps it in what both services have: the order of the ASGI wrappers is here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from dishka import AsyncContainer
from hypercorn.typing import ASGIFramework
from prometheus_client import CollectorRegistry
from quart import Quart, Response
from quart.sessions import NullSession, SessionInterface, SessionMixin
from quart.typing import ResponseReturnValue, ResponseTypes
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from common.clock import Scheduler
from common.errors.quart_handlers import error_format_of
from common.observability.tracing import Tracing
from common.settings.shared import ServiceSettings
from common.web.middleware.access_log import AccessLog
from common.web.middleware.cors import AllowedRequests, CorsPolicy
from common.web.middleware.edge import EdgeHeaders, EdgeMiddleware
from common.web.middleware.metrics import RequestMetrics
from common.web.quart_overrides.http_connection import BackpressureHTTPConnection
from common.web.quart_overrides.request import OrjsonProvider, StrictRequest
from common.web.quart_overrides.websocket_connection import BoundedWebsocketConnection, EdgeWebsocket
from common.web.serving.drain import DrainState
from common.web.serving.health import HEALTH_PATHS, HealthSource, ServiceState, health_blueprint
from common.web.serving.lifespan import BackgroundJob, BoundedLifespan, run_in_background, set_scheduler

MOST_HOOKS = 512
"""Views and hooks whose wrapper is cached; an app has fewer."""

_EXTENSION = "common.web.serving_parts"


AsgiWrapper = Callable[[ASGIFramework], ASGIFramework]


def create_service_app(
    name: str,
    container: AsyncContainer,
    *,
    register: Callable[[Quart], None],
    jobs: Mapping[str, BackgroundJob],
    allowed: AllowedRequests,
    inside: Sequence[AsgiWrapper] = (),
) -> Quart:
    """Return the Quart app of one service, served as both services are.

    A request passes, from the outside in: tracing, :class:`EdgeHeaders`, :class:`EdgeMiddleware`, what the service puts
    ``inside``, Quart with its ``before_request`` hooks, the route.

    Args:
        name: the app's import name.
        container: what the parts come from; it is closed when the app stops serving.
        register: gives the app its hooks, routes and error handlers.
        jobs: what runs as long as the app, by name.
        allowed: what pages may send, for preflights.
        inside: ASGI wrappers between Quart and the edge middleware, the innermost first.
    """
    settings, tracing = container.get_sync(ServiceSettings), container.get_sync(Tracing)
    state = ServiceState(
        environment=settings.shared.environment.value,
        drain=container.get_sync(DrainState),
        registry=container.get_sync(CollectorRegistry),
        health=partial(container.get, HealthSource),
        scheduler=container.get_sync(Scheduler),
    )
    edge_headers = partial(EdgeHeaders, cors=container.get_sync(CorsPolicy), hsts=not settings.shared.in_development)
    app = Quart(name, static_folder=None)
    app.url_map.strict_slashes = app.url_map.merge_slashes = app.url_map.redirect_defaults = False
    register(app)
    run_in_background(app, state.drain, jobs)
    configure_app(app, state, allowed=allowed, inside=inside, outside=(edge_headers, tracing.wrap))

    @app.after_serving
    async def close() -> None:
        await container.close()
        await tracing.close()

    return app


def configure_app(
    app: Quart,
    state: ServiceState,
    *,
    allowed: AllowedRequests,
    inside: Sequence[AsgiWrapper] = (),
    outside: Sequence[AsgiWrapper] = (),
) -> None:
    """Give ``app`` strict bodies, bounded sockets, health routes, JSON by orjson, and the edge middleware.

    Call it last: the edge middleware formats errors as the registered error handlers do, and QuartSchema sets a JSON
    provider of its own.

    Args:
        app: the service's app, its own blueprints and extensions registered.
        state: what the health routes report.
        allowed: what pages may send, for preflights.
        inside: ASGI wrappers between Quart and the edge middleware, the innermost first.
        outside: ASGI wrappers around the edge middleware, the outermost last.
    """
    _override_quart(app)
    set_scheduler(app, state.scheduler)
    error_format = error_format_of(app)
    app.register_blueprint(health_blueprint(error_format.service, state))

    def edge_middleware(inner: ASGIFramework) -> ASGIFramework:
        edge = EdgeMiddleware(
            inner,
            error_format=error_format,
            drain=state.drain,
            observers=(AccessLog(), RequestMetrics(state.registry, state.drain)),
            allowed=allowed,
            always_served=HEALTH_PATHS,
        )
        app.extensions[_EXTENSION] = ServingParts(state.drain, edge, state.scheduler)
        return edge

    wrapped: ASGIFramework = app.asgi_app
    for wrap in (*inside, edge_middleware, *outside):
        wrapped = wrap(wrapped)
    app.asgi_app = wrapped  # type: ignore[method-assign, assignment]  # the way Quart documents for ASGI middleware


def _override_quart(app: Quart) -> None:
    # Both are enforced by the body and by the kernel, and would cost a task each.
    app.config.update(BODY_TIMEOUT=None, RESPONSE_TIMEOUT=None)
    app.json = OrjsonProvider(app)
    app.session_interface = NoSessions()  # type: ignore[assignment]  # Quart's annotation names its default alone
    _cache_hook_wrappers(app)
    _match_without_host(app)
    app.asgi_lifespan_class = BoundedLifespan
    app.request_class = StrictRequest
    app.asgi_http_class = BackpressureHTTPConnection
    app.websocket_class = EdgeWebsocket
    app.asgi_websocket_class = BoundedWebsocketConnection


class NoSessions(SessionInterface):
    """Disables session cookies; every request has the same empty session, which can't be written to."""

    def __init__(self) -> None:
        self._none = NullSession()

    async def open_session(self, _app: Quart, _request: BaseRequestWebsocket) -> SessionMixin:
        """Return the empty session."""
        return self._none


def _cache_hook_wrappers(app: Quart) -> None:
    """Look up once which hooks are coroutine functions, and don't have QuartSchema look for models in responses."""
    app.ensure_async = lru_cache(maxsize=MOST_HOOKS)(app.ensure_async)  # type: ignore[method-assign]  # Quart has no setting for it
    convert = app.make_response

    async def make_response(result: ResponseReturnValue | HTTPException) -> ResponseTypes:
        return result if isinstance(result, Response) else await convert(result)

    app.make_response = make_response  # type: ignore[method-assign]  # as QuartSchema does


def _match_without_host(app: Quart) -> None:
    """Match routes without parsing the host, which costs time: no route is bound to a host, and none redirects."""
    bind = app.create_url_adapter

    def create_url_adapter(request: BaseRequestWebsocket | None) -> MapAdapter | None:
        if request is None:
            return bind(None)
        return MapAdapter(
            app.url_map,
            server_name="",
            script_name=request.root_path or "/",
            subdomain="",
            url_scheme=request.scheme,
            path_info=request.path,
            default_method=request.method,
        )

    app.create_url_adapter = create_url_adapter  # type: ignore[method-assign]  # Quart has no setting for it


@dataclass(frozen=True, slots=True)
class ServingParts:
    """What serving needs to know of an app."""

    drain: DrainState
    edge: EdgeMiddleware
    scheduler: Scheduler


def serving_parts(app: Quart) -> ServingParts:
    """Return what :func:`configure_app` made; raises LookupError when it wasn't called."""
    if _EXTENSION not in app.extensions:
        message = "the app was not configured: call common.web.serving.configure.configure_app"
        raise LookupError(message)
    made: ServingParts = app.extensions[_EXTENSION]
    return made
