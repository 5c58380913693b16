"""Redis as it is deployed (one server, a Sentinel-watched master, or a Cluster): clients and failures."""

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Final, TypedDict
from urllib.parse import urlsplit

import hiredis
from redis import exceptions as redis_errors
from redis.asyncio import Redis, RedisCluster, Sentinel
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.typing import EncodableT
from typing_extensions import override

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
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


DEMOTED: Final = (redis_errors.ReadOnlyError, redis_errors.MasterDownError)
"""How a server refuses that was a primary and is a replica now: what is to be written, or, without its primary, all."""

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
    """Bound what happens inside by ``deadline_s``, and translate its failures as :class:`TranslatedFailures`."""
    with TranslatedFailures(service=service, operation=operation):
        async with asyncio.timeout(deadline_s):
            yield


class TranslatedFailures:
    """Lets what happens inside, which bounds itself, fail as HuleEduError only; one may be entered again and again.

    Raises:
        HuleEduError: CONNECTION_ERROR with ``Retry-After`` when Redis can't be asked now, a deadline included;
            EXTERNAL_SERVICE_ERROR when it refused the command, which asking again won't change.
    """

    __slots__ = ("_operation", "_service")

    def __init__(self, *, service: str, operation: str) -> None:
        self._service = service
        self._operation = operation

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Raise the translation of a failure of Redis."""
        if isinstance(failure, REDIS_FAILED):
            raise redis_error(failure, service=self._service, operation=self._operation) from failure


def redis_error(failure: Exception, *, service: str, operation: str) -> HuleEduError:
    """Return the error that stands for ``failure``, one of :data:`REDIS_FAILED`."""
    if not _may_pass(failure):
        return ErrorSource(service, operation).error(
            ErrorCode.EXTERNAL_SERVICE_ERROR,
            "A required data store refused the request.",
            details={"external_service": TARGET},
        )
    return ErrorSource(service, operation).error(
        ErrorCode.CONNECTION_ERROR,
        "A required data store is unavailable; retry shortly.",
        details={"target": TARGET},
        retry_after_s=RETRY_AFTER_S,
    )


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
    socket_timeout: None
    socket_connect_timeout: float
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


REFRESH_PAUSE_S: Final = 1.0
"""Between two looks at who is primary now."""


class _RefreshedCluster(RedisCluster):
    """A Cluster whose primaries are looked up again after a command was given up.

    A primary that hangs, or that a broken network hides, closes nothing and refuses nothing. redis-py looks up who took
    its place only when one of the two happens, and would send it commands for as long as it hangs.
    """

    _is_doubtful = False
    _refreshed_at = -math.inf

    async def execute_command(self, *args: EncodableT, **kwargs: object) -> object:
        """Execute a command; see redis-py."""
        if self._is_doubtful and time.monotonic() >= self._refreshed_at + REFRESH_PAUSE_S:
            self._refreshed_at = time.monotonic()
            with suppress(*REDIS_FAILED):  # the command itself says better what is wrong
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    await self.nodes_manager.initialize()
            self._is_doubtful = False
        try:
            reply: object = await super().execute_command(*args, **kwargs)
        except asyncio.CancelledError:
            self._is_doubtful = True
            raise
        return reply


# redis-py ships these two constructors without types.
_watched_by: Callable[..., Sentinel] = Sentinel
_master_pool: Callable[..., _SentinelPool] = _SentinelPool


def make_redis(
    url: str, settings: SharedSettings, *, connect_within_s: float = CONNECT_WITHIN_S, protocol: int = 2
) -> RedisClient:
    """Return a client that isn't connected yet; its owner ``aclose``s it, and bounds every call as a whole.

    redis-py bounds a write by a task of its own and ``asyncio.wait_for``, which in Python 3.11 may swallow the
    cancellation of its caller: a deadline would be missed, and a background job outlive the service.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``. Under Sentinel all but its host counts for the master;
            the Sentinels themselves are asked in plain text, with a password of their own.
        settings: how Redis is deployed.
        connect_within_s: bounds each connect.
        protocol: the RESP version; 2 is the faster one to parse for pub/sub.
    """
    bounds = _Bounds(
        retry=Retry(NoBackoff(), 0),
        socket_timeout=None,
        socket_connect_timeout=connect_within_s,
        max_connections=MAX_CONNECTIONS,
        protocol=protocol,
    )
    match settings.redis_mode:
        case RedisMode.STANDALONE:
            return _with_edge_connections(Redis.from_url(url, **bounds))
        case RedisMode.CLUSTER:
            return _RefreshedCluster.from_url(url, **bounds)
        case RedisMode.SENTINEL:
            return _with_edge_connections(_sentinel_master(url, settings, bounds))


def _sentinel_master(url: str, settings: SharedSettings, bounds: _Bounds) -> Redis:
    password = settings.redis_sentinel_password
    admitted = {
        "username": settings.redis_sentinel_username,
        "password": None if password is None else password.get_secret_value(),
    }
    sentinels = _watched_by(settings.redis_sentinels, sentinel_kwargs={**bounds, **admitted})
    pool = _master_pool(
        settings.redis_sentinel_master,
        sentinels,
        ssl=urlsplit(url).scheme == "rediss",
        **connection_options(url),
        **bounds,
    )
    return Redis.from_pool(pool)


class _EdgeConnection(AbstractConnection):
    """Encodes commands by hiredis, as redis-py's synchronous connections do, in a sixth of the time; leaves replicas.

    A primary that was demoted closes nothing. Where a name, a proxy or a managed service leads to the one that took its
    place, only a new connection finds it.
    """

    @override
    async def read_response(
        self,
        disable_decoding: bool = False,
        timeout: float | None = None,
        *,
        disconnect_on_error: bool = True,
        push_request: bool | None = False,
    ) -> object:
        """Read one response; behind the refusal of a replica the connection isn't used again."""
        try:
            return await super().read_response(
                disable_decoding, timeout, disconnect_on_error=disconnect_on_error, push_request=push_request
            )
        except DEMOTED:
            mark: Callable[[], None] = self.mark_for_reconnect  # redis-py ships it without types
            mark()
            raise

    def pack_command(self, *args: bytes | bytearray | memoryview | str | float) -> list[bytes]:
        """Return one command as it goes to the server; of a name of two words each is an argument."""
        name, *rest = args
        words = name.split() if isinstance(name, str | bytes) else (name,)
        try:
            return [_pack((*words, *rest))]
        except TypeError:  # what hiredis doesn't take, redis-py converts or refuses by name
            return super().pack_command(*args)


# hiredis declares a tuple of one argument.
_pack: Callable[..., bytes] = hiredis.pack_command


def _with_edge_connections(redis: Redis) -> Redis:
    pool = redis.connection_pool
    plain = pool.connection_class
    pool.connection_class = type(plain.__name__, (_EdgeConnection, plain), {})
    return redis


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
