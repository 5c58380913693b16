"""The processes a sandbox consists of, wired to each other but not yet started."""

import sys
from dataclasses import dataclass
from pathlib import Path

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, dead_letter_topic
from sandbox.addresses import Addresses, demo_people
from sandbox.environment import (
    base_environment,
    gateway_environment,
    shared_environment,
    websocket_environment,
)
from sandbox.http_process import HttpProcess
from sandbox.kafka_server import KafkaServer
from sandbox.options import SigningAlgorithm, StackOptions
from sandbox.ports import LOOPBACK, free_port
from sandbox.processes import ManagedProcess
from sandbox.redis_server import RedisServer
from sandbox.secrets import INTERNAL_API_KEY
from sandbox.upstreams.settings import BATCH_REGISTERED_TOPIC, UpstreamSettings

TOPICS = (
    PIPELINE_COMMAND_TOPIC,
    TEACHER_NOTIFICATION_TOPIC,
    dead_letter_topic(TEACHER_NOTIFICATION_TOPIC),
    BATCH_REGISTERED_TOPIC,
)
UPSTREAMS = ("identity", "bos", "ras", "file", "cms", "bff")
JWKS_PATH = "/.well-known/jwks.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Every process of one sandbox, and where each will be."""

    redis: RedisServer
    kafka: KafkaServer
    upstreams: HttpProcess
    gateway: HttpProcess
    websocket: HttpProcess
    addresses: Addresses

    @property
    def stages(self) -> tuple[tuple[ManagedProcess, ...], ...]:
        """What can start together, in the order of starting: each stage needs the ones before it."""
        return ((self.redis, self.kafka), (self.upstreams, self.gateway, self.websocket))

    @property
    def processes(self) -> dict[str, ManagedProcess]:
        """Every process by its name."""
        return {process.name: process for stage in self.stages for process in stage}


def make_parts(folder: Path, options: StackOptions) -> Parts:
    """Return the processes of a sandbox whose logs and data are in ``folder``, which exists."""
    redis, kafka = RedisServer(folder), KafkaServer(folder, topics=TOPICS)
    settings = upstream_settings(redis, kafka, options)
    urls = {name: f"http://{LOOPBACK}:{port}" for name, port in settings.ports.items()}
    shared = shared_environment(
        jwks_url=urls["identity"] + JWKS_PATH if options.algorithm is SigningAlgorithm.RS256 else None,
        jwt_secret=options.jwt_secret,
    )
    gateway_port, websocket_port = options.gateway_port or free_port(), options.websocket_port or free_port()
    own = gateway_environment(port=gateway_port, redis_url=redis.url, kafka=kafka.bootstrap, upstreams=urls)
    gateway = service_process("api_gateway", gateway_port, folder, {**shared, **own, **options.gateway_environment})
    own = websocket_environment(port=websocket_port, redis_url=redis.url, kafka=kafka.bootstrap)
    websocket = service_process(
        "websocket_service", websocket_port, folder, {**shared, **own, **options.websocket_environment}
    )
    addresses = Addresses(
        gateway=f"http://{LOOPBACK}:{gateway_port}",
        websocket=f"ws://{LOOPBACK}:{websocket_port}/ws",
        redis=redis.url,
        kafka=kafka.bootstrap,
        upstreams=urls,
        users=demo_people(),
        logs=str(folder),
    )
    return Parts(
        redis=redis,
        kafka=kafka,
        upstreams=upstreams_process(folder, settings, urls),
        gateway=gateway,
        websocket=websocket,
        addresses=addresses,
    )


def upstream_settings(redis: RedisServer, kafka: KafkaServer, options: StackOptions) -> UpstreamSettings:
    """Return what the simulated services are told."""
    return UpstreamSettings(
        ports={name: free_port() for name in UPSTREAMS},
        redis_url=redis.url,
        kafka_bootstrap=kafka.bootstrap,
        internal_api_key=INTERNAL_API_KEY,
        algorithm=options.algorithm,
        jwt_secret=options.jwt_secret,
        token_lifetime_s=options.token_lifetime_s,
        phase_s=options.phase_s,
        validation_timeout_s=options.validation_timeout_s,
    )


def upstreams_process(folder: Path, settings: UpstreamSettings, urls: dict[str, str]) -> HttpProcess:
    """Return the process of the simulated services; its settings are written to ``folder``."""
    file = folder / "upstreams.json"
    settings.to_file(file)
    return HttpProcess(
        "upstreams",
        [sys.executable, "-m", "sandbox.upstreams", str(file)],
        log=folder / "upstreams.log",
        environment=base_environment(),
        probes=[f"{url}/healthz" for url in urls.values()],
    )


def service_process(module: str, port: int, folder: Path, environment: dict[str, str]) -> HttpProcess:
    """Return the process of an edge service."""
    return HttpProcess(
        module,
        [sys.executable, "-m", module],
        log=folder / f"{module}.log",
        environment=environment,
        probes=[f"http://{LOOPBACK}:{port}/readyz"],
    )
