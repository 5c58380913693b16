"""Redis as it is deployed (one server, a Sentinel-watched master, or a Cluster): clients, failures, and scripts."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypedDict
from urllib.parse import urlsplit

from redis import exceptions as redis_errors
from redis.asyncio import Redis, RedisCluster, Sentinel
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError

from common.errors.codes import ErrorCode
from common.errors.source import ErrorSource
from common.settings.redis_url import connection_options
from common.settings.shared import RedisMode, SharedSettings

TARGET = "redis"
RETRY_AFTER_S = 1

REDIS_AWAY = (
    OSError,  # TimeoutError is one
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.ClusterError,
    redis_errors.RedisClusterException,
    redis_errors.ReadOnlyError,
    redis_errors.TryAgainError,
    redis_errors.OutOfMemoryError,
)
"""Redis can't be asked now: unreachable, too late, failing over, or full. It may be later."""

REDIS_FAILED = (*REDIS_AWAY, redis_errors.RedisError, redis_errors.IncorrectPolicyType)
"""Everything redis-py raises about Redis; for code that goes on without it (a local limiter, a gap to be refilled)."""


_PASSING = re.compile(
    r"""
    (?: ^ | .*\ of\ pipeline\ caused\ error:\ \(['"] )     # redis-py puts what it sent before it
    (?: ERR\ Error\ running\ script\ .*:\ - )?            # and Redis 6 where in the script it happened
    (?: BUSY | LOADING | MASTERDOWN | MISCONF | NOREPLICAS | OOM | READONLY | Script\ killed\ by ) [ ]
    """,
    re.VERBOSE | re.DOTALL,
)
"""Refusals of a Redis that is busy with a script, can't save, or lacks replicas: redis-py has no class for some."""


@asynccontextmanager
async def redis_failures(*, service: str, operation: str, deadline_s: float) -> AsyncIterator[None]:
    """Bound what happens inside by ``deadline_s`` and let it fail as HuleEduError only.

    Raises:
        HuleEduError: CONNECTION_ERROR with ``Retry-After`` when Redis can't be asked now, the deadline included;
            EXTERNAL_SERVICE_ERROR when it refused the command, which asking again won't change.
    """
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except REDIS_FAILED as failure:
        if not _may_pass(failure):
            raise ErrorSource(service, operation).error(
                ErrorCode.EXTERNAL_SERVICE_ERROR,
                "A required data store refused the request.",
                details={"external_service": TARGET},
            ) from failure
        raise ErrorSource(service, operation).error(
            ErrorCode.CONNECTION_ERROR,
            "A required data store is unavailable; retry shortly.",
            details={"target": TARGET},
            retry_after_s=RETRY_AFTER_S,
        ) from failure


def _may_pass(failure: Exception) -> bool:
    """Whether Redis would do later what it doesn't now."""
    return isinstance(failure, REDIS_AWAY) or _PASSING.match(str(failure)) is not None


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
                    raise  # a caller with a shorter deadline: the next caller asks the next one
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


Argument = str | bytes | int | float


class RedisScript:
    """One script; a server that doesn't know its digest (new, restarted, promoted, flushed) is sent the text once.

    Only the server that owns the keys is: redis-py's own Script would load it to every primary of a cluster, dead
    ones included.
    """

    def __init__(self, redis: RedisClient, text: str) -> None:
        self._redis = redis
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, *, keys: Sequence[str], args: Sequence[Argument]) -> object:
        """Run the script once and return its reply (integers, bytes, lists of them); raises what redis-py raises."""
        try:
            return await self._redis.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._redis.eval(self._text, len(keys), *keys, *args)

    async def run_and_get(
        self, wanted: Sequence[str], *, keys: Sequence[str], args: Sequence[Argument]
    ) -> tuple[object, Sequence[bytes | None]]:
        """Run the script once and get the values of the keys ``wanted``, in one trip; raises what redis-py raises.

        For keys that can't be the script's own, since a cluster has them in other slots; the values may so be of
        another moment than the reply.
        """
        try:
            return await self._execute_and_get(wanted, "EVALSHA", self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._execute_and_get(wanted, "EVAL", self._text, len(keys), *keys, *args)

    async def _execute_and_get(
        self, wanted: Sequence[str], *command: Argument
    ) -> tuple[object, Sequence[bytes | None]]:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.execute_command(*command)
        for key in wanted:
            pipeline.get(key)
        reply, *values = await pipeline.execute()
        return reply, values


class RedisPing:
    """Answers whether Redis is there, within ``deadline_s`` seconds; for the health routes of both services."""

    def __init__(self, redis: RedisClient, *, deadline_s: float) -> None:
        self._redis = redis
        self._deadline_s = deadline_s

    async def answers(self) -> bool:
        """Return whether Redis answered PING in time; never raises."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return bool(await self._redis.ping())
        except REDIS_FAILED:
            return False
