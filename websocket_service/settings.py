"""The feed's settings: names and defaults of the platform contract, read once, never changed."""

import os
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.settings import (
    JsonList,
    LogLevel,
    Origin,
    Port,
    Seconds,
    SecondsOrZero,
    SharedSettings,
    environment_config,
    read_settings,
)


class FeedSettings(BaseModel):
    """What the feed is told by its own variables, and by the shared ones."""

    model_config = ConfigDict(**environment_config(), use_attribute_docstrings=True)

    shared: SharedSettings
    """What both services are told alike."""

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
    """Connections per IP address and second, on each replica; behind a proxy all have one address."""

    websocket_deflate: bool = False
    """Whether permessage-deflate is accepted when offered: a socket then takes about 100 KB more."""

    log_level: LogLevel = "INFO"
    """Least severe events that are logged."""

    cors_origins: Annotated[tuple[Origin, ...], JsonList] = ()
    """Origins whose pages may connect, a JSON list; clients that send no Origin always may."""

    redis_url: Annotated[str, Field(pattern=r"^(redis|rediss|unix)://", repr=False)]
    """Where Redis is."""

    redis_channel_prefix: Annotated[str, Field(min_length=1)] = "ws"
    """What a user's channel begins with: ws of ws:<user>."""

    kafka_bootstrap_servers: Annotated[str, Field(min_length=1)]
    """Brokers, host:port parted by commas."""

    kafka_consumer_group: Annotated[str, Field(min_length=1)] = "websocket-service-consumer"
    """The consumer group that all replicas share."""

    kafka_enable_idempotence: bool = True
    """Whether the producer of dead letters is idempotent; false for brokers that don't know it."""

    kafka_fetch_max_wait_ms: Annotated[int, Field(ge=1)] = 500
    """Milliseconds the broker may wait for more records before it answers a fetch."""

    drain_grace_seconds: SecondsOrZero = 5.0
    """Seconds to serve on, unready, after SIGTERM."""

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.websocket_host or self.shared.default_host


def load_settings(environ: Mapping[str, str] = os.environ) -> FeedSettings:
    """Return the settings that ``environ`` spells.

    Raises:
        StartError: one line that names every variable at fault.
    """
    return read_settings(FeedSettings, environ, shared=read_settings(SharedSettings, environ))
