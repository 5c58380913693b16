"""Which concrete class stands behind which port: the one file that knows both."""

from collections.abc import AsyncIterator
from functools import partial
from math import inf

from dishka import AsyncContainer, Provider, Scope, alias, from_context, make_async_container, provide
from prometheus_client import CollectorRegistry, Counter
from quart_dishka import QuartProvider

from api_gateway import SERVICE_NAME
from api_gateway.adapters.kafka_commands import KafkaCommands
from api_gateway.adapters.kafka_producer import KafkaProducer
from api_gateway.adapters.redis_batch_owners import RedisBatchOwners
from api_gateway.adapters.redis_credentials import RedisTickets, RedisTokenRevocations
from api_gateway.adapters.redis_health import RedisHealth
from api_gateway.adapters.redis_idempotency import RedisIdempotency
from api_gateway.adapters.request_limits import LocalLimits, RedisLimits
from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.batch_ownership import BatchOwnership
from api_gateway.batches import BatchList
from api_gateway.health import GatewayHealth
from api_gateway.middleware.authentication import AuthenticationProvider
from api_gateway.middleware.server_timing import TimedUpstreams
from api_gateway.pipelines import Pipelines
from api_gateway.ports import (
    BackgroundJobs,
    BatchOwners,
    IdempotencyStore,
    PipelineCommands,
    RateClass,
    RatePolicies,
    RatePolicy,
    RequestLimits,
    TicketIssuer,
    TokenRevocations,
)
from api_gateway.proxy import OwnBatchProxy, Proxy
from api_gateway.settings import GatewaySettings
from api_gateway.upstream.circuit_breaker import BreakerRules
from api_gateway.upstream.client import UpstreamClient, UpstreamOptions, connect_upstreams
from api_gateway.upstream.headers import RequestHeaders
from api_gateway.upstream.ports import RouteDeadline, Upstreams
from common.clock import Clock
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC
from common.identity.keys import KeySource
from common.kafka_producer import KafkaOptions
from common.observability.tracing import Tracing
from common.redis_client import RedisClient, make_redis
from common.settings.shared import ServiceSettings
from common.web.middleware.client_address import TrustedProxies
from common.web.serving.health import HealthSource
from common.wiring import LogProvider, ServiceProvider


class AdapterProvider(Provider):
    """The world behind the ports: upstreams over aiohttp, commands over Kafka."""

    scope = Scope.APP

    settings = from_context(GatewaySettings)
    commands = alias(source=KafkaCommands, provides=PipelineCommands)
    proxy = provide(Proxy)

    @provide
    def request_headers(self, proxies: TrustedProxies) -> RequestHeaders:
        """Return the rules for headers that pass to upstreams."""
        return RequestHeaders(proxies=proxies)

    @provide
    async def http(
        self,
        settings: GatewaySettings,
        clock: Clock,
        registry: CollectorRegistry,
        _tracing: Tracing,  # instruments aiohttp: started before the session is made
    ) -> AsyncIterator[UpstreamClient]:
        """Yield the upstreams, their connections open until the container closes."""
        async with connect_upstreams(upstream_options(settings), clock=clock, registry=registry) as upstreams:
            yield upstreams

    @provide
    def upstreams(self, http: UpstreamClient) -> Upstreams:
        """Return the upstreams, their answers timed."""
        return TimedUpstreams(http)

    @provide
    def ownership(self, upstreams: Upstreams, owners: BatchOwners) -> BatchOwnership:
        """Return what refuses callers that don't own a batch."""
        return BatchOwnership(upstreams, owners)

    @provide
    def pipelines(
        self,
        settings: GatewaySettings,
        upstreams: Upstreams,
        ownership: BatchOwnership,
        commands: PipelineCommands,
        clock: Clock,
    ) -> Pipelines:
        """Return what starts pipelines: one part, because each one that a route injects costs the request time."""
        return Pipelines(upstreams, ownership, commands, clock, settings.http_client_timeout_seconds)

    @provide(scope=Scope.REQUEST)
    def route_deadline(self, settings: GatewaySettings, clock: Clock) -> RouteDeadline:
        """Return the time of this request, which begins with its route."""
        return RouteDeadline(settings.http_client_timeout_seconds, clock)

    own_batch_proxy = provide(OwnBatchProxy, scope=Scope.REQUEST)
    batch_list = provide(BatchList, scope=Scope.REQUEST)

    @provide
    def kafka(self, options: KafkaOptions, registry: CollectorRegistry) -> KafkaCommands:
        """Return the commands; their background job connects them."""
        return KafkaCommands(partial(KafkaProducer, options, PIPELINE_COMMAND_TOPIC), registry)

    @provide
    def jobs(self, settings: GatewaySettings, kafka: KafkaCommands, keys: KeySource) -> BackgroundJobs:
        """Return what runs as long as the gateway does; only published keys need to be kept current."""
        published = settings.shared.jwt_jwks_url is not None
        return BackgroundJobs({"kafka_commands": kafka.run} | ({"key_source": keys.run} if published else {}))

    @provide
    def health(
        self, kafka: KafkaCommands, redis: RedisClient, upstreams: UpstreamClient, keys: KeySource
    ) -> HealthSource:
        """Return the health of the gateway's dependencies."""
        return GatewayHealth([kafka, RedisHealth(redis)], upstreams, keys)


class SharedStateProvider(Provider):
    """What all replicas share: rate limits, and the answers of keyed requests, in Redis."""

    scope = Scope.APP

    @provide
    def policies(self, settings: GatewaySettings) -> RatePolicies:
        """Return the budgets the settings give each caller."""
        quotas = {
            RateClass.COMMANDS: settings.rate_limit_commands,
            RateClass.UPLOADS: settings.rate_limit_uploads,
            RateClass.LOGIN: settings.rate_limit_login,
            RateClass.REQUESTS: settings.rate_limit_requests,
        }
        return RatePolicies({kind: RatePolicy(kind, quota) for kind, quota in quotas.items()})

    @provide
    def revoked_tokens(self) -> RevokedTokens:
        """Return the tokens that this replica refuses without asking Redis."""
        return RevokedTokens()

    @provide
    async def limits(
        self, settings: GatewaySettings, clock: Clock, revoked: RevokedTokens, registry: CollectorRegistry
    ) -> AsyncIterator[RequestLimits]:
        """Yield the limits; their Redis client is their own, since they bound each call themselves."""
        degraded = Counter(
            "gateway_limits_degraded_total",
            "Requests decided without Redis; this replica alone counted the budget and knew of revocations.",
            registry=registry,
        )
        redis = make_redis(settings.redis_url, settings.shared)
        try:
            fallback = LocalLimits(clock, revoked)
            yield RedisLimits(redis, fallback=fallback, revoked=revoked, clock=clock, degraded=degraded.inc)
        finally:
            await redis.aclose()

    @provide
    async def idempotency(self, settings: GatewaySettings) -> AsyncIterator[IdempotencyStore]:
        """Yield the memory of keyed requests."""
        redis = make_redis(settings.redis_url, settings.shared)
        try:
            yield RedisIdempotency(redis)
        finally:
            await redis.aclose()


class FeedStateProvider(Provider):
    """What lies beside the users' logs in the feed's Redis: tickets for its connections, and owners of new batches."""

    scope = Scope.APP

    @provide
    def batch_owners(self, redis: RedisClient) -> BatchOwners:
        """Return the owners of registered batches."""
        return RedisBatchOwners(redis)

    @provide
    def tickets(self, redis: RedisClient, clock: Clock) -> TicketIssuer:
        """Return the issuer of tickets."""
        return RedisTickets(redis, clock)

    @provide
    def revocations(self, redis: RedisClient, clock: Clock, revoked: RevokedTokens) -> TokenRevocations:
        """Return what ends access tokens, where the feed hears of it."""
        return RedisTokenRevocations(redis, clock, revoked)


def upstream_options(settings: GatewaySettings) -> UpstreamOptions:
    """Return where the upstreams are and how long they may take."""
    return UpstreamOptions(
        urls=settings.upstream_urls,
        internal_api_key=settings.shared.internal_api_key,
        timeout_s=settings.http_client_timeout_seconds,
        connect_timeout_s=settings.http_client_connect_timeout_seconds,
        upload_timeout_s=settings.upload_timeout_seconds,
        breaker=BreakerRules(
            failure_threshold=settings.http_circuit_breaker_failure_threshold
            if settings.circuit_breaker_enabled
            else inf,
            recovery_s=settings.http_circuit_breaker_recovery_timeout,
            success_threshold=settings.http_circuit_breaker_success_threshold,
        ),
    )


def make_container(settings: GatewaySettings, *overrides: Provider) -> AsyncContainer:
    """Return the container of one app; ``overrides`` replace what stands here, for tests."""
    return make_async_container(
        ServiceProvider(SERVICE_NAME),
        AdapterProvider(),
        SharedStateProvider(),
        LogProvider(SERVICE_NAME),
        FeedStateProvider(),
        AuthenticationProvider(),
        QuartProvider(),
        *overrides,
        context={GatewaySettings: settings, ServiceSettings: settings},
        lock_factory=None,  # no part of the app waits while it is made, and a request asks for its own one by one
    )
