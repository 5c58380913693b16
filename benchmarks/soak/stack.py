"""Two replicas of each service, each pair behind a balancer, on real Redis and Kafka."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.environment import ROOT
from sandbox.http_process import HttpProcess
from sandbox.kafka_server import KafkaServer
from sandbox.options import StackOptions
from sandbox.parts import TOPICS, UNREADY_S, balance, service_process
from sandbox.ports import LOOPBACK, free_port
from sandbox.stack import OnReady, Stack
from tests.support.apache_kafka.jars import apache_kafka_jars
from tests.support.apache_kafka.server import ApacheKafkaServer

CENSUS = Path(__file__).parent / "census"
TOKEN_LIFETIME_S = 300
GATEWAY, FEED = "gateway", "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """What to start.

    Attributes:
        folder: An existing folder for the logs.
        teachers: How many teachers can log in.
        apache: Whether the broker is Apache Kafka; else it is Tansu.
        census_every_s: How often each replica counts its objects.
    """

    folder: Path
    teachers: int
    apache: bool
    census_every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakStack:
    """The running parts; ``replicas`` by service, the balancers' addresses in ``gateway`` and ``feed``."""

    replicas: Mapping[str, tuple[HttpProcess, ...]]
    gateway: str
    feed: str
    redis: str
    kafka: str
    census: Path

    @property
    def processes(self) -> dict[str, HttpProcess]:
        """Every replica by its name: ``gateway-1`` to ``feed-2``."""
        return {
            f"{service}-{number}": replica
            for service, replicas in self.replicas.items()
            for number, replica in enumerate(replicas, start=1)
        }


@asynccontextmanager
async def running_stack(plan: StackPlan, *, on_ready: OnReady) -> AsyncIterator[SoakStack]:
    """Have everything run.

    Raises:
        SandboxError: a part doesn't start.
    """
    census = plan.folder / "census"
    census.mkdir(exist_ok=True)
    first, second, front = free_port(), free_port(), free_port()
    stack = Stack(options(plan, census, gateway_port=first), on_ready=on_ready, broker=broker(plan))
    environment = dict(stack.parts.gateway.environment or {}) | {"API_GATEWAY_HTTP_PORT": str(second)}
    sibling = service_process("api_gateway", second, stack.folder, environment, name="api_gateway-2")
    async with AsyncExitStack() as parts:
        await parts.enter_async_context(stack)
        parts.push_async_callback(sibling.stop)
        await sibling.start()
        await parts.enter_async_context(balance(front, [first, second]))
        yield SoakStack(
            replicas={GATEWAY: (stack.parts.gateway, sibling), FEED: stack.parts.feeds},
            gateway=f"http://{LOOPBACK}:{front}",
            feed=stack.addresses.websocket.replace("ws://", "http://").removesuffix("/ws"),
            redis=stack.addresses.redis,
            kafka=stack.addresses.kafka,
            census=census,
        )


def options(plan: StackPlan, census: Path, *, gateway_port: int) -> StackOptions:
    """Return the sandbox's options: the limits as in production, each teacher's address as a proxy would tell it."""
    shared = {
        "PYTHONPATH": f"{CENSUS}:{ROOT}",
        "SOAK_CENSUS": str(census),
        "SOAK_CENSUS_EVERY_S": str(plan.census_every_s),
    }
    idempotence = str(plan.apache).lower()
    trusted = f'["{LOOPBACK}/32"]'
    return StackOptions(
        gateway_port=gateway_port,
        feeds=2,
        crowd=plan.teachers,
        token_lifetime_s=TOKEN_LIFETIME_S,
        logs=plan.folder,
        gateway_environment={
            **shared,
            "API_GATEWAY_TRUSTED_PROXIES": trusted,
            "API_GATEWAY_DRAIN_GRACE_SECONDS": UNREADY_S,
            "API_GATEWAY_KAFKA_ENABLE_IDEMPOTENCE": idempotence,
        },
        websocket_environment={**shared, "TRUSTED_PROXIES": trusted, "KAFKA_ENABLE_IDEMPOTENCE": idempotence},
    )


def broker(plan: StackPlan) -> KafkaServer | None:
    """Return Apache Kafka where it is wanted."""
    if not plan.apache:
        return None
    folder = plan.folder / "apache"
    folder.mkdir()
    return ApacheKafkaServer(folder, jars=apache_kafka_jars(), topics=TOPICS)
