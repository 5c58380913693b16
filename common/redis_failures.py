"""What a failing Redis means to its caller: the one translation of redis-py's errors."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis import exceptions as redis_errors

from common.correlation import correlation_id
from common.errors.factories import raise_connection_error, raise_external_service_error

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
            raise_external_service_error(
                service=service,
                operation=operation,
                message="A store that this needs refused the request.",
                correlation_id=correlation_id(),
                external_service=TARGET,
            )
        raise_connection_error(
            service=service,
            operation=operation,
            message="A store that this needs can't be reached; try again shortly.",
            correlation_id=correlation_id(),
            target=TARGET,
            retry_after_s=RETRY_AFTER_S,
        )


def _may_pass(failure: Exception) -> bool:
    """Whether Redis would do later what it doesn't now."""
    return isinstance(failure, REDIS_AWAY) or _PASSING.match(str(failure)) is not None
