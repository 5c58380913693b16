"""The health routes of a replica: /livez, /readyz, /healthz, /metrics (docs/gateway.md, row 25)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import JsonValue
from quart import Blueprint, Response, request

from common import __version__
from common.clock import LOOP_SCHEDULER, Scheduler
from common.web.serving.drain import DrainState

LIVENESS, READINESS, HEALTH, METRICS = "/livez", "/readyz", "/healthz", "/metrics"
HEALTH_PATHS = frozenset({LIVENESS, READINESS, HEALTH, METRICS})
"""Served without authentication, and even while new work is refused."""


@dataclass(frozen=True, slots=True)
class DependencyHealth:
    """The health of a dependency; ``required`` when the service can't work without it."""

    name: str
    healthy: bool
    required: bool = False
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


def keys_health(*, ready: bool) -> DependencyHealth:
    """Return the health of the source of verification keys.

    A replica is ready without any key: Identity makes its first one when a user logs in, and logging in takes a gateway
    that is ready.
    """
    return DependencyHealth("verification_keys", ready)


class HealthSource(Protocol):
    """A service's own view of its health."""

    async def dependencies(self) -> Sequence[DependencyHealth]:
        """Return the health of each dependency, within a time that the implementation bounds."""
        ...

    def unready_reasons(self) -> Sequence[str]:
        """Return machine-readable reasons why the replica is unready, none when it is ready; no I/O."""
        ...

    def verbose(self) -> Mapping[str, JsonValue]:
        """Return what ``/readyz?verbose`` adds, such as the state of circuit breakers; no I/O."""
        ...


HealthLookup = Callable[[], Awaitable[HealthSource]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """What a service reports of itself.

    Attributes:
        environment: as ``/healthz`` names it.
        drain: the process's drain, which readiness reads.
        registry: the app's own Prometheus registry.
        health: looks the health source up on each call, so that it may come from a container that is open by then.
        scheduler: the time by which bodies, sockets and connections are bounded.
    """

    environment: str
    drain: DrainState
    registry: CollectorRegistry
    health: HealthLookup
    scheduler: Scheduler = LOOP_SCHEDULER


def health_blueprint(service: str, state: ServiceState) -> Blueprint:
    """Return the blueprint with the four routes of ``service``."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get(LIVENESS)
    async def livez() -> Response:
        return _json({"status": "alive"}, 200)

    @blueprint.get(READINESS)
    async def readyz() -> Response:
        source = await state.health()
        reasons = ["draining"] if state.drain.draining else list(source.unready_reasons())
        body: dict[str, JsonValue] = {"status": "unready" if reasons else "ready", "reasons": [*reasons]}
        if "verbose" in request.args:
            body["details"] = dict(source.verbose())
        return _json(body, 503 if reasons else 200)

    @blueprint.get(HEALTH)
    async def healthz() -> Response:
        dependencies = await (await state.health()).dependencies()
        return _json(*_health_report(service, state.environment, dependencies))

    @blueprint.get(METRICS)
    async def metrics() -> Response:
        return Response(generate_latest(state.registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _health_report(
    service: str, environment: str, dependencies: Sequence[DependencyHealth]
) -> tuple[dict[str, JsonValue], int]:
    usable = all(each.healthy for each in dependencies if each.required)
    all_healthy = all(each.healthy for each in dependencies)
    status = "unhealthy" if not usable else "healthy" if all_healthy else "degraded"
    body: dict[str, JsonValue] = {
        "service": service,
        "status": status,
        "message": _message(dependencies),
        "version": __version__,
        "environment": environment,
        "checks": {"service_responsive": True, "dependencies_available": all_healthy},
        "dependencies": {
            each.name: {"status": "healthy" if each.healthy else "unhealthy", **each.facts} for each in dependencies
        },
    }
    return body, 200 if usable else 503


def _message(dependencies: Sequence[DependencyHealth]) -> str:
    """Return the status in a sentence: the platform's test tools take a service without ``message`` for down."""
    away = ", ".join(each.name for each in dependencies if not each.healthy)
    return f"Unhealthy: {away}." if away else "All dependencies are healthy."


def _json(body: dict[str, JsonValue], status: int) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json", headers={"Cache-Control": "no-store"})
