"""The gateway under measurement, everything on but tracing, with its floor's environment beside it."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.processes import LOAD_CORE, Server, free_port, python, run_process
from benchmarks.tokens import SECRET, USER, mint

UNLIMITED = str(10**9)


def authorization() -> dict[str, str]:
    """Return the header a teacher's request carries."""
    return {"Authorization": f"Bearer {mint()}"}


@contextlib.contextmanager
def responder(core: int = LOAD_CORE) -> Iterator[Server]:
    """Run the raw upstream on the load generator's core."""
    port = free_port()
    with run_process(python("benchmarks.floors.responder", str(port), USER), port=port, core=core) as server:
        yield server


@contextlib.contextmanager
def floor(module: str, env: Mapping[str, str], *, under: Sequence[str] = ()) -> Iterator[Server]:
    """Run one floor on the service's core; ``under`` is the command of a tool that runs it."""
    port = free_port()
    argv = [*under, *python("benchmarks.floors.serve", module, str(port))]
    with run_process(argv, port=port, env={"JWT_SECRET_KEY": SECRET, **env}) as server:
        yield server


@contextlib.contextmanager
def peer(interpreter: Path, module: str, env: Mapping[str, str], *, under: Sequence[str] = ()) -> Iterator[Server]:
    """Run one peer on the service's core, by the interpreter of the peers' own environment, as a floor is run."""
    port = free_port()
    argv = [*under, str(interpreter), "-m", "benchmarks.peers.serve", module, str(port)]
    with run_process(argv, port=port, env={"JWT_SECRET_KEY": SECRET, **env}) as server:
        yield server


GATEWAY = python("api_gateway")


@contextlib.contextmanager
def gateway(
    *,
    upstream: str,
    redis: str,
    kafka: str,
    port: int | None = None,
    extra: Mapping[str, str] | None = None,
    command: Sequence[str] = GATEWAY,
) -> Iterator[Server]:
    """Run the gateway by ``command`` on the service's core: limits so high that none bites, logs to a file."""
    port = port or free_port()
    prefixed = {
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
        "CORS_ORIGINS": json.dumps(["http://localhost:5173"]),
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_ENABLE_IDEMPOTENCE": "false",
        "REDIS_URL": redis,
        "RATE_LIMIT_REQUESTS": UNLIMITED,
        "RATE_LIMIT_COMMANDS": UNLIMITED,
        "RATE_LIMIT_UPLOADS": UNLIMITED,
        "RATE_LIMIT_LOGIN": UNLIMITED,
        "DRAIN_GRACE_SECONDS": "0",
        **dict.fromkeys(_UPSTREAMS, upstream),
    }
    env = {f"API_GATEWAY_{name}": value for name, value in prefixed.items()}
    env |= {"JWT_SECRET_KEY": SECRET, "HULEEDU_INTERNAL_API_KEY": "benchmark-internal-key", **(extra or {})}
    with run_process(command, port=port, env=env, ready="/readyz") as server:
        yield server


_UPSTREAMS = ("CMS_API_URL", "FILE_SERVICE_URL", "RESULT_AGGREGATOR_URL", "BOS_URL", "BFF_TEACHER_URL", "IDENTITY_URL")
