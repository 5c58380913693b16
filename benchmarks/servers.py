"""The real servers of a case: Valkey and Tansu from their wheels, on the load generator's core."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import LOAD_CORE, run_process
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC
from sandbox.kafka_server import KafkaServer
from sandbox.redis_server import RedisServer

TOPICS = (PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC)


@contextlib.contextmanager
def redis(core: int = LOAD_CORE) -> Iterator[str]:
    """Run Valkey with its defaults for speed (no append-only file) and give its URL."""
    with TemporaryDirectory(prefix="edge-bench-") as folder:
        server = RedisServer(Path(folder), options={"appendonly": "no"})
        server.data.mkdir()
        with run_process(server.command, port=server.port, core=core):
            yield server.url


@contextlib.contextmanager
def kafka(core: int = LOAD_CORE) -> Iterator[str]:
    """Run Tansu with the platform's topics and give its bootstrap address."""
    with TemporaryDirectory(prefix="edge-bench-") as folder:
        server = KafkaServer(Path(folder))
        with run_process(server.command, port=server.port, core=core):
            asyncio.run(server.create_topics(TOPICS))
            yield server.bootstrap
