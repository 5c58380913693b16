"""Whatever redis-py raises leaves as one of two errors."""

import asyncio
import inspect

import pytest
from redis import exceptions as redis_errors
from redis.asyncio.sentinel import MasterNotFoundError

from common.errors.exceptions import HuleEduError
from common.redis_client import redis_failures

UNREACHABLE = 1000.0
OURS_ALONE = {redis_errors.ChildDeadlockedError}
"""Raised in forked processes only; there are none here."""


RAISED_BY_REDIS = [
    *(
        member
        for _, member in inspect.getmembers(redis_errors, inspect.isclass)
        if issubclass(member, Exception) and member not in OURS_ALONE
    ),
    *(MasterNotFoundError, ConnectionResetError, BrokenPipeError, TimeoutError, OSError),
]
"""Every exception class that redis-py defines, and what the machine raises below it."""


def made(kind: type[Exception]) -> Exception:
    """Return an instance; a redirection reads its argument."""
    return kind("3999 127.0.0.1:6381")


async def outcome(error: Exception) -> HuleEduError:
    """Return what an error inside becomes outside."""
    with pytest.raises(HuleEduError) as translated:
        async with redis_failures(service="test-service", operation="remember", deadline_s=UNREACHABLE):
            raise error
    return translated.value


@pytest.mark.parametrize("kind", RAISED_BY_REDIS, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
async def test_no_error_of_redis_is_left_untranslated(kind: type[Exception]) -> None:
    """Walks redis-py's whole tree, so that an upgrade with a new branch is noticed here."""
    error = made(kind)

    translated = await outcome(error)

    assert translated.error_code in {"CONNECTION_ERROR", "EXTERNAL_SERVICE_ERROR"}
    assert translated.operation == "remember"
    assert translated.__context__ is error


@pytest.mark.parametrize(
    "error",
    [
        redis_errors.ConnectionError("away"),
        redis_errors.TimeoutError("late"),
        redis_errors.BusyLoadingError("loading"),
        redis_errors.ClusterDownError("down"),
        redis_errors.ReadOnlyError("demoted"),
        redis_errors.OutOfMemoryError("full"),
        redis_errors.MaxConnectionsError("busy"),
        redis_errors.MasterDownError("Link with MASTER is down"),
        redis_errors.ResponseError("BUSY Valkey is busy running a script."),
        redis_errors.ResponseError("MISCONF Valkey is configured to save RDB snapshots, but it can't."),
        redis_errors.ResponseError("NOREPLICAS Not enough good replicas to write. script: on @user_script:1."),
        redis_errors.ResponseError("Script killed by user with SCRIPT KILL. script: on @user_script:1."),
        redis_errors.ResponseError(
            "Command # 1 (EVALSHA d 1 k) of pipeline caused error: ('NOREPLICAS Not enough good replicas to write.',)"
        ),
        redis_errors.ResponseError(
            'Command # 2 (SET k v) of pipeline caused error: ("MISCONF Valkey can\'t persist to disk.",)'
        ),
        redis_errors.ResponseError(
            "ERR Error running script (call to f_d): @user_script:1: @user_script: 1: -READONLY You can't write."
        ),
        ConnectionRefusedError("nobody there"),
    ],
    ids=lambda error: f"{type(error).__name__}, {error}",
)
async def test_what_passes_is_told_to_be_tried_again(error: Exception) -> None:
    """503 with Retry-After."""
    translated = await outcome(error)

    assert translated.status_code == 503
    assert translated.headers["Retry-After"] == "1"
    assert translated.error_detail.details["target"] == "redis"


@pytest.mark.parametrize(
    "refusal",
    [
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "BUSYGROUP Consumer Group name already exists",
        "Command # 1 (SET k BUSY ) of pipeline caused error: ('WRONGTYPE Operation',)",
    ],
)
async def test_a_refused_command_is_not(refusal: str) -> None:
    """Asking again won't change it."""
    translated = await outcome(redis_errors.ResponseError(refusal))

    assert translated.status_code == 502
    assert "Retry-After" not in translated.headers
    assert "WRONGTYPE" not in str(translated.to_dict())


async def test_the_deadline_is_kept() -> None:
    """However long the server takes."""
    with pytest.raises(HuleEduError) as translated:
        async with redis_failures(service="test-service", operation="remember", deadline_s=0.01):
            await asyncio.Event().wait()

    assert translated.value.error_code == "CONNECTION_ERROR"


async def test_other_errors_and_cancellation_pass() -> None:
    """A bug of ours must not look like an outage."""
    with pytest.raises(ZeroDivisionError):
        async with redis_failures(service="test-service", operation="remember", deadline_s=UNREACHABLE):
            raise ZeroDivisionError

    with pytest.raises(asyncio.CancelledError):
        async with redis_failures(service="test-service", operation="remember", deadline_s=UNREACHABLE):
            raise asyncio.CancelledError
