"""The feed's settings: names and defaults of the platform contract, read once, never changed."""

import os
from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.contracts.notification import MAX_NOTIFICATION_BYTES
from common.settings.redis_url import RedisUrl
from common.settings.shared import SharedSettings
from common.settings.values import Brokers, JsonList, LogLevel, Network, Origin, Port, Seconds, SecondsOrZero
from common.settings.variables import (
    StartError,
    environment_config,
    read_settings,
    settings_rows,
    unknown_variables,
    with_unread,
)

PREFIX: Final = "WEBSOCKET_"
"""Begins the variables that are the feed's alone."""


LARGEST_NOTIFICATION_LIMIT: Final = 512 * 1024
"""Half of an outbox: a client that has one such notification waiting still has room for the next."""


class FeedSettings(BaseModel):
    """The settings from the feed's own variables, and the shared ones."""

    model_config = ConfigDict(**environment_config(), use_attribute_docstrings=True)

    shared: SharedSettings
    """The settings that both services share."""

    websocket_host: str | None = None
    """Address to listen on; by default 127.0.0.1 in development, else 0.0.0.0."""

    websocket_port: Port = 8080
    """Port to listen on; 0 picks a free one."""

    websocket_ping_interval: Seconds = 30.0
    """Seconds between pings; a client that sends nothing for two intervals is dropped."""

    websocket_max_connections_per_user: Annotated[int, Field(ge=1)] = 5
    """Maximum connections per user, over all replicas."""

    websocket_idle_timeout: Seconds = 300.0
    """Seconds of silence, without even a pong, after which a connection is closed."""

    websocket_handshake_rate: Annotated[int, Field(ge=1)] = 1000
    """Maximum handshakes per IP address, second and replica; behind a proxy, set TRUSTED_PROXIES."""

    trusted_proxies: Annotated[tuple[Network, ...], JsonList] = ()
    """Addresses or networks whose X-Forwarded-For, or else Forwarded, is trusted, a JSON list."""

    websocket_deflate: bool = False
    """Accept permessage-deflate when offered; each such socket takes about 100 KB more."""

    log_level: LogLevel = "INFO"
    """Minimum level of logged events."""

    cors_origins: Annotated[tuple[Origin, ...], JsonList] = ()
    """Origins whose pages may connect, a JSON list; clients without an Origin always may."""

    redis_url: Annotated[RedisUrl, Field(repr=False)]
    """URL of Redis."""

    redis_channel_prefix: Annotated[str, Field(min_length=1)] = "ws"
    """Prefix of users' channels: ws in ws:<user>."""

    kafka_bootstrap_servers: Brokers
    """Comma-separated brokers (host:port)."""

    kafka_consumer_group: Annotated[str, Field(min_length=1)] = "websocket-service-consumer"
    """Kafka consumer group of all replicas."""

    kafka_enable_idempotence: bool = True
    """Use an idempotent producer for dead letters; false for brokers that don't support it."""

    kafka_fetch_max_wait_ms: Annotated[int, Field(ge=1)] = 500
    """Milliseconds that the broker may wait for more records before it answers a fetch."""

    feed_max_notification_bytes: Annotated[int, Field(ge=1024, le=LARGEST_NOTIFICATION_LIMIT)] = MAX_NOTIFICATION_BYTES
    """Maximum size of a notification in bytes, up to 524288; a larger one becomes a dead letter."""

    drain_grace_seconds: SecondsOrZero = 5.0
    """Seconds to keep serving, unready, after SIGTERM."""

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.websocket_host or self.shared.default_host

    @model_validator(mode="after")
    def _check_redis(self) -> Self:
        self.shared.check_redis("REDIS_URL", self.redis_url)
        return self


def load_settings(environ: Mapping[str, str] = os.environ) -> FeedSettings:
    """Return the settings that ``environ`` spells.

    Raises:
        StartError: one line that names every variable at fault, and those that aren't read.
    """
    try:
        return read_settings(FeedSettings, environ, shared=read_settings(SharedSettings, environ))
    except StartError as fault:
        raise with_unread(fault, _unknown(environ)) from fault


def start_warnings(settings: FeedSettings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what is doubtful about ``environ``, by variable; ``settings`` are those that it spells."""
    return settings.shared.warnings | _unknown(environ)


def _unknown(environ: Mapping[str, str]) -> dict[str, str]:
    known = [row.variable for row in settings_rows(FeedSettings, SharedSettings)]
    return unknown_variables(environ, known, own_prefix=PREFIX)
