"""The feed's settings: names and defaults of the platform contract, read once, never changed."""

import os
from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.contracts.notification import MAX_NOTIFICATION_BYTES
from common.settings.redis_url import RedisUrl
from common.settings.shared import SharedSettings
from common.settings.table import settings_rows
from common.settings.values import Brokers, JsonList, LogLevel, Network, Origin, Port, Seconds, SecondsOrZero
from common.settings.variables import environment_config, read_settings, unknown_variables

PREFIX: Final = "WEBSOCKET_"
"""Begins the variables that are the feed's alone."""


LARGEST_NOTIFICATION_LIMIT: Final = 512 * 1024
"""Half of an outbox: a client that has one such notification waiting still has room for the next."""


class FeedSettings(BaseModel):
    """The feed's own variables, and those it shares."""

    model_config = ConfigDict(**environment_config(), use_attribute_docstrings=True)

    shared: SharedSettings
    """The variables of both services."""

    websocket_host: str | None = None
    """Address to listen on; 127.0.0.1 in development, else 0.0.0.0."""

    websocket_port: Port = 8080
    """Port to listen on; 0 takes a free one."""

    websocket_ping_interval: Seconds = 30.0
    """Seconds between pings; a client that answers none for two intervals is gone."""

    websocket_max_connections_per_user: Annotated[int, Field(ge=1)] = 5
    """Connections a user may have over all replicas."""

    websocket_idle_timeout: Seconds = 300.0
    """Seconds after which a client that was not heard at all, pongs included, is closed."""

    websocket_handshake_rate: Annotated[int, Field(ge=1)] = 1000
    """Connections per IP address and second, on each replica; behind a proxy, see TRUSTED_PROXIES."""

    trusted_proxies: Annotated[tuple[Network, ...], JsonList] = ()
    """Addresses or networks whose X-Forwarded-For, or else Forwarded, is believed, a JSON list."""

    websocket_deflate: bool = False
    """Whether permessage-deflate is accepted when offered: a socket then takes about 100 KB more."""

    log_level: LogLevel = "INFO"
    """Least severe events that are logged."""

    cors_origins: Annotated[tuple[Origin, ...], JsonList] = ()
    """Origins whose pages may connect, a JSON list; clients that send no Origin always may."""

    redis_url: Annotated[RedisUrl, Field(repr=False)]
    """Where Redis is."""

    redis_channel_prefix: Annotated[str, Field(min_length=1)] = "ws"
    """What a user's channel begins with: ws of ws:<user>."""

    kafka_bootstrap_servers: Brokers
    """Comma-separated brokers (host:port)."""

    kafka_consumer_group: Annotated[str, Field(min_length=1)] = "websocket-service-consumer"
    """The consumer group that all replicas share."""

    kafka_enable_idempotence: bool = True
    """Whether the producer of dead letters is idempotent; false for brokers that don't know it."""

    kafka_fetch_max_wait_ms: Annotated[int, Field(ge=1)] = 500
    """Milliseconds the broker may wait for more records before it answers a fetch."""

    feed_max_notification_bytes: Annotated[int, Field(ge=1024, le=LARGEST_NOTIFICATION_LIMIT)] = MAX_NOTIFICATION_BYTES
    """Bytes a notification may have, 524288 at most; a larger one becomes a dead letter."""

    drain_grace_seconds: SecondsOrZero = 5.0
    """Seconds to serve on, unready, after SIGTERM."""

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.websocket_host or self.shared.default_host

    @model_validator(mode="after")
    def _check_redis(self) -> Self:
        if fault := self.shared.redis_fault(self.redis_url):
            message = f"REDIS_URL: {fault}"
            raise ValueError(message)
        return self


def load_settings(environ: Mapping[str, str] = os.environ) -> FeedSettings:
    """Return the settings that ``environ`` spells.

    Raises:
        StartError: one line that names every variable at fault.
    """
    return read_settings(FeedSettings, environ, shared=read_settings(SharedSettings, environ))


def start_warnings(settings: FeedSettings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what is doubtful about ``environ``, by variable; ``settings`` are those that it spells."""
    known = [row.variable for row in settings_rows(FeedSettings, SharedSettings)]
    return settings.shared.warnings | unknown_variables(environ, known, own_prefix=PREFIX)
