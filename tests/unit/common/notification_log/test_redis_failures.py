"""Whatever Redis does to a call leaves the log as HuleEduError."""

import asyncio
import inspect

import pytest
from redis import exceptions as redis_errors

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.notification_log.redis_failures import redis_failures

EVERY_REDIS_ERROR = sorted(
    (
        kind
        for _, kind in inspect.getmembers(redis_errors, inspect.isclass)
        if issubclass(kind, redis_errors.RedisError | redis_errors.RedisClusterException)
    ),
    key=lambda kind: kind.__name__,
)


async def fail_with(failure: Exception) -> HuleEduError:
    """Return what ``failure`` becomes at the log's edge."""
    with pytest.raises(HuleEduError) as raised:
        async with redis_failures(service="tests", operation="testing", deadline_s=5):
            raise failure
    return raised.value


@pytest.mark.parametrize("kind", EVERY_REDIS_ERROR)
async def test_every_redis_error_is_translated(kind: type[Exception]) -> None:
    """No class of redis-py's error tree gets out as it is; the original stays its context."""
    failure = kind("1 boom:6379")

    error = await fail_with(failure)

    assert error.error_code in {ErrorCode.CONNECTION_ERROR, ErrorCode.TIMEOUT, ErrorCode.EXTERNAL_SERVICE_ERROR}
    assert error.__context__ is failure
    assert "boom" not in str(error.to_dict())


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (redis_errors.ConnectionError("gone"), ErrorCode.CONNECTION_ERROR),
        (ConnectionRefusedError(), ErrorCode.CONNECTION_ERROR),
        (redis_errors.BusyLoadingError("loading"), ErrorCode.CONNECTION_ERROR),
        (redis_errors.ReadOnlyError("a replica"), ErrorCode.CONNECTION_ERROR),
        (redis_errors.ClusterDownError("down"), ErrorCode.CONNECTION_ERROR),
        (redis_errors.SlotNotCoveredError("no node"), ErrorCode.CONNECTION_ERROR),
        (redis_errors.TimeoutError("late"), ErrorCode.TIMEOUT),
        (TimeoutError(), ErrorCode.TIMEOUT),
        (redis_errors.OutOfMemoryError("full"), ErrorCode.EXTERNAL_SERVICE_ERROR),
        (redis_errors.ResponseError("WRONGTYPE"), ErrorCode.EXTERNAL_SERVICE_ERROR),
    ],
)
async def test_each_failure_has_its_code(failure: Exception, code: ErrorCode) -> None:
    """Away, late and refusing are told apart."""
    assert (await fail_with(failure)).error_code == code


async def test_a_call_ends_at_its_deadline() -> None:
    """A server that never answers costs the deadline and no more."""
    with pytest.raises(HuleEduError) as raised:
        async with redis_failures(service="tests", operation="testing", deadline_s=0.01):
            await asyncio.Event().wait()

    assert raised.value.error_code == ErrorCode.TIMEOUT


async def test_what_is_not_redis_passes() -> None:
    """A mistake of ours is not dressed up as Redis's failure."""
    with pytest.raises(KeyError):
        async with redis_failures(service="tests", operation="testing", deadline_s=5):
            raise KeyError
