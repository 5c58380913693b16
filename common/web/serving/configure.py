"""What every app gets, in the order that works."""

from dataclasses import dataclass
from functools import lru_cache

from prometheus_client import CollectorRegistry
from quart import Quart, Response
from quart.sessions import NullSession, SessionInterface, SessionMixin
from quart.typing import ResponseReturnValue, ResponseTypes
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.exceptions import HTTPException

from common.errors.quart_handlers import error_format_of
from common.web.middleware.access_log import AccessLog
from common.web.middleware.cors import AllowedRequests
from common.web.middleware.edge import EdgeMiddleware
from common.web.middleware.metrics import RequestMetrics
from common.web.quart_overrides.http_connection import BackpressureHTTPConnection
from common.web.quart_overrides.request import OrjsonProvider, StrictRequest
from common.web.quart_overrides.websocket_connection import BoundedWebsocketConnection, EdgeWebsocket
from common.web.serving.drain import DrainState
from common.web.serving.health import HEALTH_PATHS, HealthLookup, HealthRoutes, health_blueprint
from common.web.serving.lifespan import BoundedLifespan

MOST_HOOKS = 512
"""Views and hooks that are remembered; an app has fewer."""

_EXTENSION = "common.web.serving_parts"


def configure_app(
    app: Quart,
    *,
    environment: str,
    drain: DrainState,
    registry: CollectorRegistry,
    health: HealthLookup,
    allowed: AllowedRequests,
) -> None:
    """Make ``app`` one of ours: strict bodies, bounded sockets, health routes, JSON by orjson, and the edge middleware.

    Call it last in ``create_app``: the edge middleware formats errors as the registered error handlers do, QuartSchema
    sets a JSON provider of its own, and what wraps ``app.asgi_app`` before is inside the edge middleware.

    Args:
        app: the service's app, its own blueprints and extensions registered.
        environment: as ``/healthz`` tells it.
        drain: the process's drain; also what readiness reads.
        registry: the app's own Prometheus registry.
        health: looks the health source up, e.g. ``partial(container.get, HealthSource)``.
        allowed: what pages may send, as preflights are told.
    """
    # Both are enforced by the body and by the kernel, and would cost a task each.
    app.config.update(BODY_TIMEOUT=None, RESPONSE_TIMEOUT=None)
    app.json = OrjsonProvider(app)
    app.session_interface = NoSessions()  # type: ignore[assignment]  # Quart's annotation names its default alone
    _cache_hook_wrappers(app)
    app.asgi_lifespan_class = BoundedLifespan
    app.request_class = StrictRequest
    app.asgi_http_class = BackpressureHTTPConnection
    app.websocket_class = EdgeWebsocket
    app.asgi_websocket_class = BoundedWebsocketConnection
    error_format = error_format_of(app)
    app.register_blueprint(health_blueprint(HealthRoutes(error_format.service, environment, drain, registry, health)))
    edge = EdgeMiddleware(
        app.asgi_app,
        error_format=error_format,
        drain=drain,
        observers=(AccessLog(), RequestMetrics(registry, drain)),
        allowed=allowed,
        always_served=HEALTH_PATHS,
    )
    app.asgi_app = edge  # type: ignore[method-assign]  # the way Quart documents for ASGI middleware
    app.extensions[_EXTENSION] = ServingParts(drain, edge)


class NoSessions(SessionInterface):
    """There are no sessions in cookies: one empty session that refuses to be written to stands for all of them."""

    def __init__(self) -> None:
        self._none = NullSession()

    async def open_session(self, _app: Quart, _request: BaseRequestWebsocket) -> SessionMixin:
        """Return the empty session."""
        return self._none


def _cache_hook_wrappers(app: Quart) -> None:
    """Let Quart find out once which hooks are coroutine functions, and QuartSchema not look for models in answers."""
    app.ensure_async = lru_cache(maxsize=MOST_HOOKS)(app.ensure_async)  # type: ignore[method-assign]  # Quart has no setting for it
    converted = app.make_response

    async def make_response(result: ResponseReturnValue | HTTPException) -> ResponseTypes:
        return result if isinstance(result, Response) else await converted(result)

    app.make_response = make_response  # type: ignore[method-assign]  # as QuartSchema does


@dataclass(frozen=True, slots=True)
class ServingParts:
    """What serving needs to know of an app."""

    drain: DrainState
    edge: EdgeMiddleware


def serving_parts(app: Quart) -> ServingParts:
    """Return what :func:`configure_app` made; raises LookupError when it wasn't called."""
    if _EXTENSION not in app.extensions:
        message = "the app was not configured: call common.web.serving.configure.configure_app"
        raise LookupError(message)
    made: ServingParts = app.extensions[_EXTENSION]
    return made
