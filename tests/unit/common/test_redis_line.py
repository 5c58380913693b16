"""One connection for many callers: each gets its own reply, and no failure outlives its connection."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError

from common.redis_failures import REDIS_FAILED
from common.redis_line import RedisLine
from sandbox.redis_server import RedisServer
from tests.support.eventually import eventually

ECHO = "return ARGV[1]"
FAIL = "return redis.error_reply('ERR no')"
LONG_S = 10.0
SHORT_S = 0.2
MANY = 300


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Valkey of this test's own, to be stopped and hung."""
    started = RedisServer(tmp_path)
    await started.start()
    yield started
    await started.stop()


@pytest_asyncio.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    """A client of it that never repeats by itself."""
    never = Retry(NoBackoff(), 0)
    async with Redis.from_url(server.url, protocol=2, retry=never, socket_timeout=None) as client:
        yield client


def line(redis: Redis, *, answer_within_s: float = LONG_S) -> RedisLine:
    """Return a line to the client's server."""
    return RedisLine(redis.connection_pool, answer_within_s=answer_within_s)


async def echoed(used: RedisLine, text: str) -> bool:
    """Tell whether ``text`` came back."""
    try:
        return await used.eval(ECHO, 0, text) == text.encode()
    except REDIS_FAILED:
        return False


async def outcome(used: RedisLine, text: str) -> str:
    """Tell whose reply came back, or that none did."""
    try:
        reply = await used.eval(ECHO, 0, text)
    except REDIS_FAILED:
        return "lost"
    return "own" if reply == text.encode() else "another's"


async def test_many_at_once_each_get_their_own_reply(redis: Redis) -> None:
    """Over one connection."""
    used = line(redis)

    replies = await asyncio.gather(*(used.eval(ECHO, 0, str(number)) for number in range(200)))

    assert replies == [str(number).encode() for number in range(200)]
    assert len(await redis.client_list(_type="normal")) == 2


async def test_a_client_with_timeouts_is_refused(server: RedisServer) -> None:
    """Its commands might go out in another order than they were numbered."""
    async with Redis.from_url(server.url) as client:
        with pytest.raises(ValueError, match="timeouts"):
            line(client)


async def test_an_error_is_its_callers_alone(redis: Redis) -> None:
    """A script that fails, or isn't known, costs nobody else a reply."""
    used = line(redis)

    replies = await asyncio.gather(
        used.eval(ECHO, 0, "a"),
        used.eval(FAIL, 0),
        used.evalsha("0" * 40, 0),
        used.eval(ECHO, 0, "b"),
        return_exceptions=True,
    )

    assert [replies[0], replies[3]] == [b"a", b"b"]
    assert isinstance(replies[1], ResponseError)
    assert isinstance(replies[2], NoScriptError)


async def test_the_reply_of_a_caller_who_left_is_nobody_elses(redis: Redis) -> None:
    """Whether it waited for its turn or for its reply."""
    used = line(redis)
    await used.eval(ECHO, 0, "first")

    async with asyncio.TaskGroup() as group:
        callers = [group.create_task(used.eval(ECHO, 0, str(number))) for number in range(6)]
        await asyncio.sleep(0)
        callers[0].cancel()
        callers[3].cancel()

    assert callers[0].cancelled()
    assert callers[3].cancelled()
    assert [callers[number].result() for number in (1, 2, 4, 5)] == [b"1", b"2", b"4", b"5"]
    assert await used.eval(ECHO, 0, "last") == b"last"


async def test_who_waited_on_a_lost_connection_reads_nothing_of_the_next(redis: Redis) -> None:
    """Those who come while the others learn of their loss get their own replies."""
    used = line(redis)
    await used.eval(ECHO, 0, "before")

    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(outcome(used, f"old-{number}")) for number in range(MANY)]
        await asyncio.sleep(0)
        await redis.connection_pool.disconnect()
        coming = []
        for number in range(MANY):  # a few in each turn of the loop, while the connection is opened anew
            coming.append(group.create_task(outcome(used, f"new-{number}")))
            await asyncio.sleep(0)

    assert {task.result() for task in waiting} <= {"own", "lost"}
    assert {task.result() for task in coming} <= {"own", "lost"}
    assert await used.eval(ECHO, 0, "after") == b"after"


async def test_a_hung_server_costs_each_caller_its_patience_and_no_more(redis: Redis, server: RedisServer) -> None:
    """Its connection is given up; a new one serves once the server answers."""
    used = line(redis, answer_within_s=SHORT_S)
    await used.eval(ECHO, 0, "before")

    server.send_signal(signal.SIGSTOP)
    outcomes = await asyncio.gather(*(used.eval(ECHO, 0, "x") for _ in range(5)), return_exceptions=True)
    server.send_signal(signal.SIGCONT)

    assert all(isinstance(outcome, REDIS_FAILED) for outcome in outcomes)
    await eventually(lambda: echoed(used, "after"))


async def test_a_restart_between_calls_is_not_noticed(redis: Redis, server: RedisServer) -> None:
    """A connection that the server closed while nobody waited is opened anew."""
    used = line(redis)
    await used.eval(ECHO, 0, "before")

    await server.stop()
    await server.start()

    assert await used.eval(ECHO, 0, "after") == b"after"


async def test_an_unreachable_server_fails_all_and_is_found_again(redis: Redis, server: RedisServer) -> None:
    """Nothing is kept of a connection that was never made."""
    used = line(redis)
    await server.stop()

    outcomes = await asyncio.gather(*(used.eval(ECHO, 0, "x") for _ in range(5)), return_exceptions=True)
    await server.start()

    assert all(isinstance(outcome, REDIS_FAILED) for outcome in outcomes)
    assert await used.eval(ECHO, 0, "after") == b"after"
