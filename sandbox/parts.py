"""The processes a sandbox consists of, wired to each other but not yet started."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, dead_letter_topic
from sandbox.addresses import Addresses, demo_people
from sandbox.balancer import Backend, TcpBalancer
from sandbox.environment import (
    base_environment,
    gateway_environment,
    page_origins,
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

UNREADY_S = "0.5"
"""How long a replica behind the balancer says that it stops before it takes no more connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Every process of one sandbox, and where each will be."""

    redis: RedisServer
    kafka: KafkaServer
    upstreams: HttpProcess
    gateway: HttpProcess
    feeds: tuple[HttpProcess, ...]
    balancer: TcpBalancer | None
    addresses: Addresses

    @property
    def stages(self) -> tuple[tuple[ManagedProcess, ...], ...]:
        """What can start together, in the order of starting: each stage needs the ones before it."""
        return ((self.redis, self.kafka), (self.upstreams, self.gateway, *self.feeds))

    @property
    def processes(self) -> dict[str, ManagedProcess]:
        """Every process by its name."""
        return {process.name: process for stage in self.stages for process in stage}


def make_parts(folder: Path, options: StackOptions, *, broker: KafkaServer | None = None) -> Parts:
    """Return the processes of a sandbox whose logs and data are in ``folder``, which exists.

    ``broker`` takes Tansu's place.
    """
    redis, kafka = RedisServer(folder), broker or KafkaServer(folder, topics=TOPICS)
    settings = upstream_settings(redis, kafka, options)
    urls = {name: f"http://{LOOPBACK}:{port}" for name, port in settings.ports.items()}
    shared = shared_environment(
        jwks_url=urls["identity"] + JWKS_PATH if options.algorithm is SigningAlgorithm.RS256 else None,
        jwt_secret=options.jwt_secret,
    )
    gateway_port, websocket_port = options.gateway_port or free_port(), options.websocket_port or free_port()
    origins = page_origins(options.page_port)
    own = gateway_environment(
        port=gateway_port, redis_url=redis.url, kafka=kafka.bootstrap, upstreams=urls, origins=origins
    )
    gateway = service_process("api_gateway", gateway_port, folder, {**shared, **own, **options.gateway_environment})
    feeds: dict[int, HttpProcess] = {}
    for number in range(1, options.feeds + 1):
        port = websocket_port if options.feeds == 1 else free_port()
        own = websocket_environment(port=port, redis_url=redis.url, kafka=kafka.bootstrap, origins=origins)
        environment = {**shared, **own, **options.websocket_environment}
        feeds[port] = feed_process(port, folder, environment, number=None if options.feeds == 1 else number)
    addresses = Addresses(
        gateway=f"http://{LOOPBACK}:{gateway_port}",
        websocket=f"ws://{LOOPBACK}:{websocket_port}/ws",
        redis=redis.url,
        kafka=kafka.bootstrap,
        upstreams=urls,
        users=demo_people(),
        logs=str(folder),
        page=None if options.page_port is None else f"http://{LOOPBACK}:{options.page_port}",
    )
    return Parts(
        redis=redis,
        kafka=kafka,
        upstreams=upstreams_process(folder, settings, urls),
        gateway=gateway,
        feeds=tuple(feeds.values()),
        balancer=None if options.feeds == 1 else balance(websocket_port, list(feeds)),
        addresses=addresses,
    )


def feed_process(port: int, folder: Path, environment: dict[str, str], *, number: int | None) -> HttpProcess:
    """Return the WebSocket service; one of several replicas has a ``number``, and says for a while that it stops."""
    if number is None:
        return service_process("websocket_service", port, folder, environment)
    patient = {**environment, "DRAIN_GRACE_SECONDS": UNREADY_S}
    return service_process("websocket_service", port, folder, patient, name=f"websocket_service-{number}")


def balance(port: int, replicas: Sequence[int]) -> TcpBalancer:
    """Return a balancer on ``port`` for the replicas on those ports."""
    return TcpBalancer(port, [Backend(each, readiness_probe(each)) for each in replicas])


def upstream_settings(redis: RedisServer, kafka: KafkaServer, options: StackOptions) -> UpstreamSettings:
    """Return the settings of the simulated services."""
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
        crowd=options.crowd,
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


def service_process(
    module: str, port: int, folder: Path, environment: dict[str, str], *, name: str | None = None
) -> HttpProcess:
    """Return the process of an edge service, called after its module unless it has a ``name`` of its own."""
    called = name or module
    return HttpProcess(
        called,
        [sys.executable, "-m", module],
        log=folder / f"{called}.log",
        environment=environment,
        probes=[readiness_probe(port)],
    )


def readiness_probe(port: int) -> str:
    """Return the URL that answers 200 while the edge service on ``port`` is ready."""
    return f"http://{LOOPBACK}:{port}/readyz"
