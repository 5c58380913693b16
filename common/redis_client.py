"""Clients for Redis as it is deployed: one server, a Sentinel-watched master, or a Cluster.

No client retries by itself: redis-py's default re-sends a timed-out command, so that a PUBLISH or XADD happens
twice, and holds the caller for seconds. Who knows a command to be idempotent repeats it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypedDict
from urllib.parse import urlsplit

from redis.asyncio import Redis, RedisCluster, Sentinel
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, SentinelConnectionPool
from redis.backoff import NoBackoff

from common.settings.redis_url import connection_options
from common.settings.shared import RedisMode, SharedSettings

MAX_CONNECTIONS = 512
"""Of one client (in a cluster: to one node). Beyond it a command fails at once, so it stands above any sane load."""

CONNECT_WITHIN_S: Final = 1.0
SENTINEL_ANSWERS_WITHIN_S: Final = 0.25
"""Connecting included: short of any caller's deadline, so that the next Sentinel can still be asked."""

RedisClient = Redis | RedisCluster


class _Bounds(TypedDict):
    retry: Retry
    socket_timeout: float | None
    socket_connect_timeout: float | None
    max_connections: int
    protocol: int


class _SentinelPool(SentinelConnectionPool):
    """Connections to the master that Sentinel names; closing it closes those to the Sentinels too."""

    async def get_master_address(self) -> tuple[str, int]:
        """Ask one Sentinel after the other; one that hangs is asked last from then on.

        Raises MasterNotFoundError (redis-py's) when none knows the master.
        """
        # redis-py ships these two without types.
        sentinels: list[Redis] = self.sentinel_manager.sentinels
        ask: Callable[[], Awaitable[tuple[str, int]]] = super().get_master_address
        for _ in range(len(sentinels)):
            first = sentinels[0]
            try:
                async with asyncio.timeout(SENTINEL_ANSWERS_WITHIN_S):
                    return await ask()
            except (TimeoutError, asyncio.CancelledError) as given_up:
                if sentinels[0] is first:
                    sentinels.append(sentinels.pop(0))
                if isinstance(given_up, asyncio.CancelledError):
                    raise  # a caller with less patience: whoever comes next asks the next one
        silent = "no Sentinel answers"
        raise MasterNotFoundError(silent)

    async def aclose(self) -> None:
        """Close every connection."""
        await super().aclose()
        for sentinel in self.sentinel_manager.sentinels:
            await sentinel.aclose()


# redis-py ships these two constructors without types.
_watched_by: Callable[..., Sentinel] = Sentinel
_master_pool: Callable[..., _SentinelPool] = _SentinelPool


def make_redis(url: str, settings: SharedSettings, *, timeout_s: float | None, protocol: int = 2) -> RedisClient:
    """Return a client that isn't connected yet; its owner ``aclose``s it.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``. Under Sentinel all but its host counts for the master;
            the Sentinels themselves are asked in plain text and without a password.
        settings: how Redis is deployed.
        timeout_s: bounds each connect and each answer. With None only a connect is bounded, by CONNECT_WITHIN_S: for
            a caller who bounds every call as a whole, and can do without the timers and the task that redis-py spends
            on each command. That task may also swallow a cancellation (``asyncio.wait_for`` of Python 3.11).
        protocol: the RESP version; 2 is the faster one to parse for pub/sub.
    """
    bounds = _Bounds(
        retry=Retry(NoBackoff(), 0),
        socket_timeout=timeout_s,
        socket_connect_timeout=CONNECT_WITHIN_S if timeout_s is None else timeout_s,
        max_connections=MAX_CONNECTIONS,
        protocol=protocol,
    )
    match settings.redis_mode:
        case RedisMode.STANDALONE:
            return Redis.from_url(url, **bounds)
        case RedisMode.CLUSTER:
            return RedisCluster.from_url(url, **bounds)
        case RedisMode.SENTINEL:
            return _sentinel_master(url, settings, bounds)


def _sentinel_master(url: str, settings: SharedSettings, bounds: _Bounds) -> Redis:
    sentinels = _watched_by(settings.redis_sentinels, sentinel_kwargs=bounds | {"socket_timeout": None})
    pool = _master_pool(
        settings.redis_sentinel_master,
        sentinels,
        ssl=urlsplit(url).scheme == "rediss",
        **connection_options(url),
        **bounds,
    )
    return Redis.from_pool(pool)
