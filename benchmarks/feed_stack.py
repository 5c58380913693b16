"""The feed under measurement, with its limits out of the way."""

import contextlib
import json
from collections.abc import Iterator, Mapping

from benchmarks.processes import Server, free_port, python, started
from benchmarks.tokens import SECRET

MANY = "1000000"


@contextlib.contextmanager
def feed(*, redis: str, kafka: str, extra: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run ``python -m websocket_service`` on the service's core."""
    port = free_port()
    env = {
        "WEBSOCKET_HOST": "127.0.0.1",
        "WEBSOCKET_PORT": str(port),
        "WEBSOCKET_MAX_CONNECTIONS_PER_USER": MANY,
        "WEBSOCKET_HANDSHAKE_RATE": MANY,
        "REDIS_URL": redis,
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_ENABLE_IDEMPOTENCE": "false",
        "KAFKA_FETCH_MAX_WAIT_MS": "10",
        "CORS_ORIGINS": json.dumps(["http://localhost:5173"]),
        "DRAIN_GRACE_SECONDS": "0",
        "JWT_SECRET_KEY": SECRET,
        "HULEEDU_INTERNAL_API_KEY": "benchmark-internal-key",
        **(extra or {}),
    }
    with started(python("websocket_service"), port=port, env=env, ready="/readyz") as server:
        yield server
