"""The parts both services are wired from: two providers, the registry of metrics, and the verification of tokens."""

from collections.abc import AsyncIterator

from dishka import Provider, Scope, from_context, provide
from prometheus_client import CollectorRegistry, Gauge, GCCollector, Info, PlatformCollector, ProcessCollector

from common import __version__
from common.clock import Clock, LoopScheduler, Scheduler, SystemClock
from common.identity.jwks import JwksKeys
from common.identity.jwks_http import fetch_over_http
from common.identity.keys import KeySource, StaticKeys
from common.identity.principal import TokenVerifier
from common.identity.verifier import JwtVerifier
from common.kafka_producer import KafkaOptions
from common.notification_log import NotificationLog
from common.notification_log.redis_log import RedisNotificationLog
from common.observability.tracing import Tracing, start_tracing
from common.redis_client import RedisClient, make_redis
from common.settings.shared import ServiceSettings, SharedSettings
from common.web.middleware.client_address import TrustedProxies
from common.web.middleware.cors import CorsPolicy
from common.web.serving.drain import DrainState


class ServiceProvider(Provider):
    """What both services are made from: time, metrics, tracing, the drain, Kafka, rules for pages, proxies and tokens.

    Args:
        service: the service's name in metrics, traces and errors.
    """

    scope = Scope.APP

    settings = from_context(ServiceSettings)
    clock = provide(SystemClock, provides=Clock)
    scheduler = provide(LoopScheduler, provides=Scheduler)
    drain = provide(DrainState)

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    @provide
    def registry(self) -> CollectorRegistry:
        """Return this app's own metrics."""
        return make_registry(service=self._service)

    @provide
    def tracing(self, settings: ServiceSettings) -> Tracing:
        """Return the tracing that is configured, or the one that does nothing."""
        return start_tracing(settings.shared.otel_exporter_otlp_endpoint, service=self._service)

    @provide
    def cors(self, settings: ServiceSettings) -> CorsPolicy:
        """Return the origins whose pages may read responses."""
        return CorsPolicy(frozenset(settings.cors_origins))

    @provide
    def proxies(self, settings: ServiceSettings) -> TrustedProxies:
        """Return the proxies whose forwarding headers are believed."""
        return TrustedProxies(settings.trusted_proxies)

    @provide
    def kafka_options(self, settings: ServiceSettings) -> KafkaOptions:
        """Return how producers reach the brokers."""
        return KafkaOptions(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            idempotent=settings.kafka_enable_idempotence,
            security=settings.shared.kafka_security(),
        )

    @provide
    def keys(self, settings: ServiceSettings, clock: Clock, registry: CollectorRegistry) -> KeySource:
        """Return the source of verification keys."""
        keys = make_key_source(settings.shared, clock=clock, service=self._service)
        expose_readiness(keys, registry)
        return keys

    @provide
    def verifier(self, settings: ServiceSettings, keys: KeySource, clock: Clock) -> TokenVerifier:
        """Return the verifier of the platform's tokens."""
        return make_verifier(keys, settings.shared, clock=clock, service=self._service)


class LogProvider(Provider):
    """The users' logs, and the client of the Redis that holds them, whose users bound each call as a whole.

    Args:
        service: the service's name in errors.
    """

    scope = Scope.APP

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    @provide
    async def redis(self, settings: ServiceSettings, _tracing: Tracing) -> AsyncIterator[RedisClient]:
        """Yield the client, closed with the container; tracing instruments it and so comes first."""
        redis = make_redis(settings.redis_url, settings.shared)
        yield redis
        await redis.aclose()

    @provide
    def log(self, redis: RedisClient, settings: ServiceSettings) -> NotificationLog:
        """Return the users' logs."""
        return RedisNotificationLog(redis, service=self._service, channel_prefix=settings.redis_channel_prefix)


def make_key_source(settings: SharedSettings, *, clock: Clock, service: str) -> KeySource:
    """Return the source of verification keys. Its ``run()`` is one of the service's background jobs."""
    if settings.jwt_jwks_url is not None:
        return JwksKeys(fetch_over_http(settings.jwt_jwks_url), clock=clock, service=service)
    key = settings.verification_key()
    if key is None:
        message = "settings without a key source can't be made"
        raise ValueError(message)
    return StaticKeys(key)


def expose_readiness(keys: KeySource, registry: CollectorRegistry) -> None:
    """Expose in ``registry`` whether there is a key, because a replica without one is ready and no probe shows it."""
    ready = Gauge(
        "verification_keys_ready", "1 if a key for verifying access tokens is available, else 0.", registry=registry
    )
    ready.set_function(lambda: float(keys.ready))


def make_verifier(keys: KeySource, settings: SharedSettings, *, clock: Clock, service: str) -> JwtVerifier:
    """Return the verifier of access tokens signed with ``keys``, as the settings bound it."""
    return JwtVerifier(
        keys,
        algorithms=settings.token_algorithms,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        clock=clock,
        service=service,
    )


def make_registry(*, service: str) -> CollectorRegistry:
    """Return a registry with metrics of the process, its garbage collector and the build.

    Each metric is made with ``registry=`` this one. Labels are closed sets: route templates,
    methods, statuses, names of ours; never paths, user ids or correlation ids.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    Info("huleedu_build", "The running service and its version, as labels.", registry=registry).info(
        {"service": service, "version": __version__}
    )
    return registry
