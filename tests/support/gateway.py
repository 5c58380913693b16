"""The gateway as an app with fakes behind its ports."""

from dataclasses import dataclass

from dishka import Provider, Scope, provide
from quart import Quart

from api_gateway.adapters.request_limits import LocalLimits
from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.app import create_app
from api_gateway.health import GatewayHealth
from api_gateway.middleware.server_timing import TimedUpstreams
from api_gateway.ports import BackgroundJobs, BatchOwners, IdempotencyStore, PipelineCommands, RequestLimits
from api_gateway.settings import GatewaySettings, load_settings
from api_gateway.upstream.ports import Upstreams
from api_gateway.wiring import make_container
from common.clock import Clock
from common.identity.keys import KeySource
from common.identity.principal import UserId
from common.web.serving.health import HealthSource
from sandbox.tokens import TokenMint
from tests.fakes.batch_owners import InMemoryBatchOwners
from tests.fakes.idempotency import InMemoryIdempotency
from tests.fakes.pipeline_commands import FakePipelineCommands
from tests.fakes.upstreams import FakeUpstreams
from tests.support.asgi_client import AsgiClient
from tests.support.gateway_feed import FakeFeed

SECRET = "a-key-for-the-gateway-service-tests-4f9d1c7be2"
ORIGIN = "https://app.huleedu.example"
USER = "teacher-1"
ORG = "school-1"
NOWHERE = "http://127.0.0.1:9"

ENVIRON = {
    "JWT_SECRET_KEY": SECRET,
    "API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "API_GATEWAY_REDIS_URL": "redis://127.0.0.1:9",
    "API_GATEWAY_CORS_ORIGINS": f'["{ORIGIN}"]',
    "API_GATEWAY_IDENTITY_URL": NOWHERE,
    "API_GATEWAY_BOS_URL": NOWHERE,
    "API_GATEWAY_RESULT_AGGREGATOR_URL": NOWHERE,
    "API_GATEWAY_FILE_SERVICE_URL": NOWHERE,
    "API_GATEWAY_CMS_API_URL": NOWHERE,
    "API_GATEWAY_BFF_TEACHER_URL": NOWHERE,
}


class FakeWorld(Provider):
    """Puts fakes where the adapters stand."""

    scope = Scope.APP

    def __init__(self, upstreams: FakeUpstreams, commands: FakePipelineCommands, owners: InMemoryBatchOwners) -> None:
        super().__init__()
        self._upstreams = upstreams
        self._commands = commands
        self._owners = owners

    @provide(override=True)
    def limits(self, clock: Clock) -> RequestLimits:
        """Return limits that this process counts alone."""
        return LocalLimits(clock, RevokedTokens())

    @provide(override=True)
    def idempotency(self) -> IdempotencyStore:
        """Return a memory of keyed requests that never lapses."""
        return InMemoryIdempotency()

    @provide(override=True)
    def upstreams(self) -> Upstreams:
        """Return the scripted upstreams, timed as the real ones are."""
        return TimedUpstreams(self._upstreams)

    @provide(override=True)
    def commands(self) -> PipelineCommands:
        """Return the listening commands."""
        return self._commands

    @provide(override=True)
    def owners(self) -> BatchOwners:
        """Return the memory of who registered which batch."""
        return self._owners

    @provide(override=True)
    def jobs(self) -> BackgroundJobs:
        """Return nothing to run."""
        return BackgroundJobs({})

    @provide(override=True)
    def health(self, keys: KeySource) -> HealthSource:
        """Return the health of the scripted upstreams and of the keys alone."""
        return GatewayHealth([], self._upstreams, keys)


@dataclass(frozen=True, slots=True)
class Gateway:
    """One app, a client for it, and the fakes it talks to; batch b1 counts as registered here by :data:`USER`."""

    app: Quart
    client: AsgiClient
    upstreams: FakeUpstreams
    commands: FakePipelineCommands
    feed: FakeFeed
    owners: InMemoryBatchOwners


def gateway_settings(**variables: str) -> GatewaySettings:
    """Return settings for tests; ``variables`` are further ones of the environment."""
    return load_settings(ENVIRON | variables)


def make_gateway(*overrides: Provider, **variables: str) -> Gateway:
    """Return the gateway with fakes behind its ports; ``overrides`` replace more, ``variables`` set more."""
    upstreams, commands, owners = FakeUpstreams(), FakePipelineCommands(), InMemoryBatchOwners()
    owners.owners["b1"] = UserId(USER)
    world, feed = FakeWorld(upstreams, commands, owners), FakeFeed()
    app = create_app(make_container(gateway_settings(**variables), world, feed, *overrides))
    return Gateway(app, AsgiClient(app), upstreams, commands, feed, owners)


def bearer(user_id: str = USER, org_id: str | None = ORG) -> dict[str, str]:
    """Return the Authorization header of a valid token."""
    token = TokenMint(SECRET).access_token(user_id, org_id=org_id)
    return {"Authorization": f"Bearer {token.encoded}"}
