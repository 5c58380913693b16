"""Which concrete class stands behind which port: the one file that knows both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

from dishka import AsyncContainer, Provider, Scope, alias, decorate, from_context, make_async_container, provide
from prometheus_client import CollectorRegistry
from quart_dishka import QuartProvider

from common.clock import Clock, Scheduler
from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.identity.keys import KeySource
from common.identity.revocation import REVOCATIONS_CHANNEL
from common.kafka_producer import KafkaOptions
from common.notification_log import NotificationLog
from common.redis_client import RedisClient, RedisPing
from common.settings.shared import ServiceSettings
from common.web.middleware.client_address import TrustedProxies
from common.web.serving.health import HealthSource
from common.wiring import LogProvider, ServiceProvider
from websocket_service import SERVICE_NAME
from websocket_service.adapters.kafka_dead_letters import KafkaDeadLetters
from websocket_service.adapters.kafka_notifications import KafkaNotifications, TopicReading
from websocket_service.adapters.redis_credentials import RedisRevocations, RedisTicketRedeemer
from websocket_service.adapters.redis_leases import RedisLeases
from websocket_service.adapters.redis_subscriptions import RedisSubscriptions
from websocket_service.health import FeedHealth
from websocket_service.ingest.batch import BatchProcessor
from websocket_service.ingest.consumer import NotificationConsumer
from websocket_service.ingest.ports import DeadLetters, RecordSource
from websocket_service.ingest.records import InvalidReason
from websocket_service.live import ports
from websocket_service.live.authentication import SocketAuthentication, StreamAuthentication
from websocket_service.live.catch_up import CatchUp
from websocket_service.live.client_messages import ClientMessages
from websocket_service.live.connections import ADMISSION_DEADLINE_S, Connections, drain
from websocket_service.live.dispatcher import PROBES_CHANNEL, ChannelNames, Dispatcher
from websocket_service.live.handshake_guard import HandshakeGuard, RefusalDelays
from websocket_service.live.hub import Hub
from websocket_service.live.session import Session, SessionContext
from websocket_service.live.sweeper import Examinable, Sweeper, TimerWheel
from websocket_service.live.writer import FrameWriter
from websocket_service.metrics import INGEST, LIVE, CountersCollector, IngestCounters, LiveCounters
from websocket_service.protocol.limits import FeedLimits
from websocket_service.settings import FeedSettings

REDIS_TIMEOUT_S = 1.0
CONCURRENT_READS = 64

Job = Callable[[], Awaitable[None]]


class Runs(Protocol):
    """Something that works in the background."""

    async def run(self) -> None:
        """Work until cancelled."""
        ...


class FoundationProvider(Provider):
    """Settings, counters, and the limits of connections."""

    scope = Scope.APP

    settings = from_context(FeedSettings)
    counters = provide(LiveCounters)

    @provide
    def ingest_counters(self) -> IngestCounters:
        """Return the counters of the way from Kafka into the logs, every reason for a dead letter at 0."""
        return IngestCounters(tuple(InvalidReason))

    @decorate
    def registry(
        self, registry: CollectorRegistry, counters: LiveCounters, ingest_counters: IngestCounters
    ) -> CollectorRegistry:
        """Return this app's own metrics, the feed's counters among them."""
        registry.register(CountersCollector(counters, LIVE))
        registry.register(CountersCollector(ingest_counters, INGEST))
        return registry

    @provide
    def limits(self, settings: FeedSettings) -> FeedLimits:
        """Return what one connection may use."""
        return FeedLimits(
            sockets_per_user=settings.websocket_max_connections_per_user,
            notification_bytes=settings.feed_max_notification_bytes,
            ping_interval_s=settings.websocket_ping_interval,
            idle_timeout_s=settings.websocket_idle_timeout,
        )

    @provide
    def handshake_guard(self, settings: FeedSettings, proxies: TrustedProxies, clock: Clock) -> HandshakeGuard:
        """Return the guard of handshakes."""
        return HandshakeGuard(frozenset(settings.cors_origins), settings.websocket_handshake_rate, proxies, clock)


class RedisProvider(Provider):
    """The ports on Redis."""

    scope = Scope.APP

    leases = alias(source=RedisLeases, provides=ports.Leases)
    subscriptions = alias(source=RedisSubscriptions, provides=ports.Subscriptions)

    @provide
    def redis_leases(self, redis: RedisClient, limits: FeedLimits) -> RedisLeases:
        """Return the users' places."""
        return RedisLeases(
            redis, places=limits.sockets_per_user, deadline_s=REDIS_TIMEOUT_S, page_entries=limits.page_entries
        )

    @provide
    def redis_subscriptions(
        self, redis: RedisClient, dispatcher: Dispatcher, clock: Clock, counters: LiveCounters, channels: ChannelNames
    ) -> RedisSubscriptions:
        """Return the one subscription of the process."""
        always = [REVOCATIONS_CHANNEL, PROBES_CHANNEL]
        return RedisSubscriptions(redis, dispatcher, always, clock, counters, channels=channels)

    @provide
    def revocations(self, redis: RedisClient) -> ports.Revocations:
        """Return the look-up of revoked tokens."""
        return RedisRevocations(redis, deadline_s=REDIS_TIMEOUT_S)

    @provide
    def tickets(self, redis: RedisClient, clock: Clock) -> ports.TicketRedeemer:
        """Return the redeemer of the gateway's tickets."""
        return RedisTicketRedeemer(redis, clock, deadline_s=ADMISSION_DEADLINE_S)


class KafkaProvider(Provider):
    """From Kafka into the users' logs."""

    scope = Scope.APP

    @provide
    def source(self, settings: FeedSettings, clock: Clock) -> RecordSource:
        """Return the notifications' topic."""
        return KafkaNotifications(
            TopicReading(
                bootstrap_servers=settings.kafka_bootstrap_servers,
                topic=TEACHER_NOTIFICATION_TOPIC,
                group=settings.kafka_consumer_group,
                fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
                security=settings.shared.kafka_security(),
            ),
            clock,
        )

    @provide
    async def dead_letters(self, options: KafkaOptions) -> AsyncIterator[DeadLetters]:
        """Yield where records go that can never be told."""
        letters = KafkaDeadLetters(options)
        yield letters
        await letters.stop()

    @provide
    def processor(
        self, log: NotificationLog, letters: DeadLetters, limits: FeedLimits, counters: IngestCounters, clock: Clock
    ) -> BatchProcessor:
        """Return what decides each record."""
        return BatchProcessor(
            log, letters, counters=counters, clock=clock, notification_bytes=limits.notification_bytes
        )

    @provide
    def consumer(
        self, source: RecordSource, processor: BatchProcessor, counters: IngestCounters, clock: Clock
    ) -> NotificationConsumer:
        """Return what moves the records."""
        return NotificationConsumer(source, processor, counters=counters, clock=clock)


class FeedProvider(Provider):
    """The connections."""

    scope = Scope.APP

    client_messages = provide(ClientMessages)
    connections = provide(Connections)
    session_context = provide(SessionContext)
    dispatcher = provide(Dispatcher)
    refusal_delays = provide(RefusalDelays)

    @provide
    def channels(self, settings: FeedSettings) -> ChannelNames:
        """Return the names of users' channels."""
        return ChannelNames(settings.redis_channel_prefix)

    @provide
    def hub(self) -> Hub[Session]:
        """Return an empty hub."""
        return Hub[Session]()

    @provide
    def timer_wheel(self) -> TimerWheel[Examinable]:
        """Return the wheel of examinations, empty."""
        return TimerWheel[Examinable]()

    @provide
    def sweeper(self, hub: Hub[Session], wheel: TimerWheel[Examinable], clock: Clock) -> Sweeper:
        """Return the sweeper of all connections."""
        return Sweeper(hub, wheel, clock)

    @provide
    def frame_writer(
        self, log: NotificationLog, limits: FeedLimits, clock: Clock, scheduler: Scheduler, counters: LiveCounters
    ) -> FrameWriter:
        """Return the writer of clients' frames."""
        catch_up = CatchUp(log, asyncio.Semaphore(CONCURRENT_READS), limits, clock, scheduler, counters)
        return FrameWriter(catch_up, clock)

    @provide
    def health(
        self,
        redis: RedisClient,
        subscriptions: ports.Subscriptions,
        consumer: NotificationConsumer,
        keys: KeySource,
        counters: LiveCounters,
    ) -> FeedHealth:
        """Return the feed's health."""
        return FeedHealth(RedisPing(redis, deadline_s=REDIS_TIMEOUT_S), subscriptions, consumer, keys, counters)

    health_source = alias(source=FeedHealth, provides=HealthSource)


def make_container(settings: FeedSettings, *overrides: Provider) -> AsyncContainer:
    """Return the container of one app; ``overrides`` replace what stands here, for tests."""
    providers: Iterable[Provider] = (
        ServiceProvider(SERVICE_NAME),
        FoundationProvider(),
        LogProvider(SERVICE_NAME),
        RedisProvider(),
        KafkaProvider(),
        FeedProvider(),
        SocketAuthentication(),
        StreamAuthentication(),
        QuartProvider(),
        *overrides,
    )
    return make_async_container(*providers, context={FeedSettings: settings, ServiceSettings: settings})


def background_jobs(container: AsyncContainer) -> Mapping[str, Job]:
    """Return what runs as long as the feed does, by name; each is made when it starts."""
    jobs: dict[str, Job] = {
        "subscriptions": partial(_run, container, RedisSubscriptions),
        "relay": partial(_run, container, Dispatcher),
        "leases": partial(_run, container, RedisLeases),
        "sweeper": partial(_run, container, Sweeper),
        "notifications": partial(_run, container, NotificationConsumer),
    }
    keys = container.get_sync(KeySource)  # made at the start, so that its metric is there
    if container.get_sync(FeedSettings).shared.jwt_jwks_url is not None:
        jobs["keys"] = keys.run
    return jobs


def drain_hook(container: AsyncContainer) -> Job:
    """Return the job that sends the clients away."""
    return partial(drain, container.get_sync(Hub[Session]), container.get_sync(FeedLimits))


async def _run(container: AsyncContainer, kind: type[Runs]) -> None:
    await (await container.get(kind)).run()
