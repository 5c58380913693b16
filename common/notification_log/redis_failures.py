"""What a failing Redis means to the caller of the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis import exceptions as redis_errors

from common.correlation import correlation_id
from common.errors.factories import raise_connection_error, raise_external_service_error, raise_timeout_error

TARGET: Final = "redis"
_LATE: Final = (TimeoutError, redis_errors.TimeoutError)
_AWAY: Final = (
    OSError,
    redis_errors.ConnectionError,
    redis_errors.ClusterDownError,
    redis_errors.ReadOnlyError,
    redis_errors.RedisClusterException,
    redis_errors.TryAgainError,
)


@asynccontextmanager
async def redis_failures(*, service: str, operation: str, deadline_s: float) -> AsyncIterator[None]:
    """Bound what happens inside by ``deadline_s`` and let it fail as HuleEduError only.

    Raises:
        HuleEduError: TIMEOUT when the deadline passed, CONNECTION_ERROR when no server that takes writes could be
            reached, EXTERNAL_SERVICE_ERROR when it refused the command.
    """
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except _LATE:
        raise_timeout_error(
            service=service,
            operation=operation,
            message="The notification log did not answer in time.",
            correlation_id=correlation_id(),
            timeout_seconds=deadline_s,
            target=TARGET,
        )
    except _AWAY:
        raise_connection_error(
            service=service,
            operation=operation,
            message="The notification log cannot be reached.",
            correlation_id=correlation_id(),
            target=TARGET,
        )
    except redis_errors.RedisError:
        raise_external_service_error(
            service=service,
            operation=operation,
            message="The notification log refused the request.",
            correlation_id=correlation_id(),
            external_service=TARGET,
        )
