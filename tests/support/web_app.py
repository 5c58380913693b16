"""An app as both services make theirs, without a service: errors, edge middleware, health, strict bodies."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry
from quart import Quart

from common.clock import LOOP_SCHEDULER, Scheduler
from common.errors.quart_handlers import register_error_handlers
from common.web.middleware.cors import AllowedRequests
from common.web.serving.configure import configure_app
from common.web.serving.drain import DrainState
from common.web.serving.health import HealthSource, ServiceState
from tests.fakes.health_source import FakeHealthSource

SERVICE = "test-service"
ALLOWED = AllowedRequests(methods="GET, POST", headers="Authorization")
_HEALTHY = FakeHealthSource()


def make_web_app(
    health: HealthSource = _HEALTHY,
    registry: CollectorRegistry | None = None,
    *,
    extend: Callable[[Quart], object] | None = None,
    scheduler: Scheduler = LOOP_SCHEDULER,
) -> Quart:
    """Return an app that tests may still give routes to; ``extend`` is called with it before it is configured.

    Its bodies, sockets, connections and drain are bounded by ``scheduler``'s time.
    """
    app = Quart("tests", static_folder=None)
    if extend is not None:
        extend(app)
    register_error_handlers(app, service=SERVICE)

    async def look_up() -> HealthSource:
        return health

    state = ServiceState(
        environment="test",
        drain=DrainState(scheduler),
        registry=registry or CollectorRegistry(),
        health=look_up,
        scheduler=scheduler,
    )
    configure_app(app, state, allowed=ALLOWED)
    return app
