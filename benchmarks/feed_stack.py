"""The feed under measurement, with its limits out of the way."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.gateway_stack import floor
from benchmarks.processes import Server, free_port, python, run_process
from benchmarks.servers import kafka, redis
from benchmarks.tokens import SECRET

UNLIMITED = "1000000"
MANY = 5_000
SETTLE_S = 0.5
ARRIVE_WITHIN_S = 60.0
CONDITIONS = "one feed process on core 0; picows sockets, publisher and Valkey on core 1; messages of 200 bytes"


@dataclass(frozen=True, slots=True)
class FeedStack:
    """The feed and its floor side by side, on one Valkey and one broker."""

    ours: Server
    floor: Server
    redis: str
    kafka: str


@contextlib.contextmanager
def feed_and_relay() -> Iterator[FeedStack]:
    """Run the feed and the bare relay."""
    with (
        redis() as redis_url,
        kafka() as brokers,
        floor("relay", {"REDIS_URL": redis_url}) as bare,
        feed(redis_url=redis_url, brokers=brokers) as ours,
    ):
        yield FeedStack(ours, bare, redis_url, brokers)


def teachers(count: int) -> list[str]:
    """Return the ids of ``count`` users."""
    return [f"teacher-{n}" for n in range(count)]


FEED = python("websocket_service")


@contextlib.contextmanager
def feed(
    *, redis_url: str, brokers: str, extra: Mapping[str, str] | None = None, command: Sequence[str] = FEED
) -> Iterator[Server]:
    """Run the feed by ``command`` on the service's core."""
    port = free_port()
    env = {
        "WEBSOCKET_HOST": "127.0.0.1",
        "WEBSOCKET_PORT": str(port),
        "WEBSOCKET_MAX_CONNECTIONS_PER_USER": UNLIMITED,
        "WEBSOCKET_HANDSHAKE_RATE": UNLIMITED,
        "REDIS_URL": redis_url,
        "KAFKA_BOOTSTRAP_SERVERS": brokers,
        "KAFKA_ENABLE_IDEMPOTENCE": "false",
        "KAFKA_FETCH_MAX_WAIT_MS": "10",
        "CORS_ORIGINS": json.dumps(["http://localhost:5173"]),
        "DRAIN_GRACE_SECONDS": "0",
        "JWT_SECRET_KEY": SECRET,
        "HULEEDU_INTERNAL_API_KEY": "benchmark-internal-key",
        **(extra or {}),
    }
    with run_process(command, port=port, env=env, ready="/readyz") as server:
        yield server
