"""The environment of the processes the sandbox starts: this process's own, with the platform's names set anew."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.secrets import INTERNAL_API_KEY, JWT_SECRET

ROOT = Path(__file__).resolve().parent.parent
DASHBOARD_ORIGINS = [
    f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 4173, 5173, 8081)
]
FETCH_MAX_WAIT_MS = "50"
"""As the simulated services' own. With 10 ms the feed and the broker take half as much again while nothing happens."""

# Names of the platform contract that a developer may have set for something else.
CONTRACT_PREFIXES = (
    "API_GATEWAY_",
    "CORS_",
    "DRAIN_",
    "ENVIRONMENT",
    "HULEEDU_",
    "JWT_",
    "KAFKA_",
    "LOG_LEVEL",
    "REDIS_",
    "WEBSOCKET_",
)


def base_environment() -> dict[str, str]:
    """Return this process's environment without the contract's names; modules are found from the repository's root."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(CONTRACT_PREFIXES)}
    return inherited | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def shared_environment(*, jwks_url: str | None, jwt_secret: str = JWT_SECRET) -> dict[str, str]:
    """Return the variables of both services; with ``jwks_url`` tokens are RS256, else HS256 with ``jwt_secret``."""
    keys = (
        {"JWT_ALGORITHM": "HS256", "JWT_SECRET_KEY": jwt_secret}
        if jwks_url is None
        else {"JWT_ALGORITHM": "RS256", "JWT_JWKS_URL": jwks_url}
    )
    return {**base_environment(), "ENVIRONMENT": "development", "HULEEDU_INTERNAL_API_KEY": INTERNAL_API_KEY, **keys}


def page_origins(port: int | None) -> list[str]:
    """Return the origins of pages that may call the services: dashboards in development, and the page on ``port``."""
    own = [] if port is None else [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost")]
    return [*DASHBOARD_ORIGINS, *own]


def gateway_environment(
    *, port: int, redis_url: str, kafka: str, upstreams: Mapping[str, str], origins: Sequence[str]
) -> dict[str, str]:
    """Return the gateway's own variables. The broker from the wheel knows no idempotent producer."""
    return {
        "API_GATEWAY_HTTP_HOST": "127.0.0.1",
        "API_GATEWAY_HTTP_PORT": str(port),
        "API_GATEWAY_CORS_ORIGINS": json.dumps(origins),
        "API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS": kafka,
        "API_GATEWAY_KAFKA_ENABLE_IDEMPOTENCE": "false",
        "API_GATEWAY_REDIS_URL": redis_url,
        "API_GATEWAY_IDENTITY_URL": upstreams["identity"],
        "API_GATEWAY_BOS_URL": upstreams["bos"],
        "API_GATEWAY_RESULT_AGGREGATOR_URL": upstreams["ras"],
        "API_GATEWAY_FILE_SERVICE_URL": upstreams["file"],
        "API_GATEWAY_CMS_API_URL": upstreams["cms"],
        "API_GATEWAY_BFF_TEACHER_URL": upstreams["bff"],
        "API_GATEWAY_DRAIN_GRACE_SECONDS": "0",
    }


def websocket_environment(*, port: int, redis_url: str, kafka: str, origins: Sequence[str]) -> dict[str, str]:
    """Return the WebSocket service's own variables."""
    return {
        "WEBSOCKET_HOST": "127.0.0.1",
        "WEBSOCKET_PORT": str(port),
        "CORS_ORIGINS": json.dumps(origins),
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_ENABLE_IDEMPOTENCE": "false",
        "KAFKA_FETCH_MAX_WAIT_MS": FETCH_MAX_WAIT_MS,
        "REDIS_URL": redis_url,
        "DRAIN_GRACE_SECONDS": "0",
    }
