"""What every app gets, in the order that works."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from quart import Quart

from common.web.access_log import AccessLog
from common.web.boundary import Boundary
from common.web.drain import DrainState
from common.web.exchange_metrics import ExchangeMetrics
from common.web.health import HEALTH_PATHS, HealthLookup, HealthRoutes, health_blueprint
from common.web.http_connection import BackpressureHTTPConnection
from common.web.json_provider import OrjsonProvider
from common.web.request_body import StrictRequest
from common.web.websocket_connection import BoundedWebsocketConnection

JSON_BODY_LIMIT_BYTES = 1_048_576
"""docs/gateway.md, "Request limits"."""

BODY_DEADLINE_S = 30
"""How long a whole body that is awaited (not streamed) may take to arrive."""

_DRAIN = "common.web.drain"


@dataclass(frozen=True, slots=True)
class WebParts:
    """What an app is prepared with.

    Attributes:
        service: the name in errors and health answers, e.g. ``api-gateway-service``.
        environment: as ``/healthz`` tells it.
        drain: the process's drain; also what readiness reads.
        registry: the app's own Prometheus registry.
        health: looks the health source up, e.g. ``partial(container.get, HealthSource)``.
    """

    service: str
    environment: str
    drain: DrainState
    registry: CollectorRegistry
    health: HealthLookup


def prepare_app(app: Quart, parts: WebParts) -> None:
    """Make ``app`` one of ours: strict bodies, bounded sockets, health routes, JSON by orjson, and the boundary.

    Call it last in ``create_app``: QuartSchema sets a JSON provider of its own, and the boundary must be the
    outermost wrapper around ``asgi_app``.
    """
    app.config.update(MAX_CONTENT_LENGTH=JSON_BODY_LIMIT_BYTES, BODY_TIMEOUT=BODY_DEADLINE_S, RESPONSE_TIMEOUT=None)
    app.json = OrjsonProvider(app)
    app.request_class = StrictRequest
    app.asgi_http_class = BackpressureHTTPConnection
    app.asgi_websocket_class = BoundedWebsocketConnection
    app.register_blueprint(
        health_blueprint(HealthRoutes(parts.service, parts.environment, parts.drain, parts.registry, parts.health))
    )
    app.extensions[_DRAIN] = parts.drain
    boundary = Boundary(
        app.asgi_app,
        service=parts.service,
        drain=parts.drain,
        observers=(AccessLog(), ExchangeMetrics(parts.registry)),
        always_served=HEALTH_PATHS,
    )
    app.asgi_app = boundary  # type: ignore[method-assign]  # the way Quart documents for ASGI middleware


def drain_of(app: Quart) -> DrainState:
    """Return the drain ``app`` was prepared with; raises LookupError when it wasn't."""
    try:
        drain = app.extensions[_DRAIN]
    except KeyError:
        message = "the app was not prepared: call common.web.preparation.prepare_app"
        raise LookupError(message) from None
    if not isinstance(drain, DrainState):
        raise TypeError(_DRAIN)
    return drain
