"""Clients against real servers of each mode."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.connection import AbstractConnection, Connection, DefaultParser
from redis.exceptions import DataError, RedisError
from redis.utils import HIREDIS_AVAILABLE

from common.redis_client import RedisClient, make_redis
from common.redis_script import RedisScript
from common.settings.shared import RedisMode, SharedSettings
from common.settings.variables import read_settings
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.redis_troubles import demote
from tests.support.servers import running, unique
from tests.support.signing import SECRET
from tests.support.valkey_cluster import ValkeyCluster
from tests.support.valkey_sentinel import MASTER, SentinelServer

TIMEOUT_S = 2 * PATIENCE_S


def deployed(mode: RedisMode, **variables: str) -> SharedSettings:
    """Return settings for a Redis of this mode."""
    return read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET, "REDIS_MODE": mode.value} | variables)


async def writes_and_reads(client: RedisClient) -> bool:
    """Tell whether a value comes back from the server."""
    try:
        key = unique("client")
        await client.set(key, "å", ex=60)
        return bool(await client.get(key) == "å".encode())
    except RedisError:
        return False


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Valkey of this test's own, to be stopped and hung."""
    async with running(RedisServer(tmp_path)) as started:
        yield started


async def write(client: Redis) -> object:
    """Write by a command."""
    return await client.set("k", "v")


async def write_by_script(client: Redis) -> object:
    """Write by a script."""
    return await RedisScript(client, "return redis.call('SET', KEYS[1], 'v')").run(keys=["k"], args=[])


async def write_by_pipeline(client: Redis) -> object:
    """Write by the second command of a pipeline."""
    pipeline = client.pipeline(transaction=False)
    pipeline.get("k")
    pipeline.set("k", "v")
    return await pipeline.execute()


@pytest.mark.parametrize("write", [write, write_by_script, write_by_pipeline])
async def test_a_demoted_server_is_left(server: RedisServer, write: Callable[[Redis], Awaitable[object]]) -> None:
    """It closes nothing; a name that leads to its successor by now helps new connections alone."""
    client = make_redis(server.url, deployed(RedisMode.STANDALONE))
    assert isinstance(client, Redis)
    async with client, Redis.from_url(server.url) as operator:
        await write(client)
        before = await client.client_id()
        async with demote(server, operator):
            with pytest.raises(RedisError):
                await write(client)

        assert await client.client_id() != before
        assert await write(client)


async def test_a_standalone_server_is_used_as_its_url_says(valkey: RedisServer) -> None:
    """Answers are bytes, by RESP2 and the C parser."""
    client = make_redis(valkey.url, deployed(RedisMode.STANDALONE), connect_within_s=TIMEOUT_S)

    assert isinstance(client, Redis)
    assert await writes_and_reads(client)
    assert client.connection_pool.connection_kwargs["protocol"] == 2
    assert HIREDIS_AVAILABLE
    assert "Hiredis" in DefaultParser.__name__
    await client.aclose()


@pytest.mark.parametrize(
    "command",
    [
        ("SET", "å", b"\x00\r\n", -3, 0.1 + 0.2, 1e22, 2**63),
        ("CLUSTER SLOTS",),
        ("SET", "large", b"x" * 100_000),
        ("SET", "key", bytearray(b"not for hiredis")),
    ],
)
async def test_commands_are_encoded_as_redis_py_would(
    valkey: RedisServer, command: tuple[str | bytes | float, ...]
) -> None:
    """The C encoder writes the same bytes; what it doesn't take goes the old way."""
    client = make_redis(valkey.url, deployed(RedisMode.STANDALONE), connect_within_s=TIMEOUT_S)
    assert isinstance(client, Redis)
    make: Callable[[], AbstractConnection] = client.connection_pool.make_connection  # untyped in redis-py
    ours = make()

    assert type(ours).pack_command is not Connection.pack_command
    assert b"".join(ours.pack_command(*command)) == b"".join(Connection().pack_command(*command))


async def test_what_no_command_can_hold_is_refused(valkey: RedisServer) -> None:
    """By the error that redis-py raises for it."""
    client = make_redis(valkey.url, deployed(RedisMode.STANDALONE), connect_within_s=TIMEOUT_S)

    with pytest.raises(DataError):
        await client.execute_command("SET", "key", *json.loads("[null]"))
    await client.aclose()


async def test_a_cluster_is_asked_for_its_nodes(tmp_path: Path) -> None:
    """Starting from the one node the URL names."""
    async with ValkeyCluster(tmp_path) as cluster:
        client = make_redis(cluster.servers[1].url, deployed(RedisMode.CLUSTER), connect_within_s=TIMEOUT_S)

        assert isinstance(client, RedisCluster)
        assert await writes_and_reads(client)
        await client.aclose()


async def test_sentinel_names_the_master(server: RedisServer, tmp_path: Path) -> None:
    """Whatever host the URL says; closing leaves no connection to the Sentinel open."""
    async with running(SentinelServer(tmp_path, server)) as sentinel:
        settings = deployed(
            RedisMode.SENTINEL,
            REDIS_SENTINELS=f"127.0.0.1:{sentinel.port}",
            REDIS_SENTINEL_MASTER=MASTER,
        )
        client = make_redis("redis://nowhere.invalid:1/0", settings, connect_within_s=TIMEOUT_S)

        await eventually(lambda: writes_and_reads(client))
        await client.aclose()


@pytest.mark.parametrize(
    ("rules", "credentials"),
    [
        pytest.param(("requirepass krita",), {"REDIS_SENTINEL_PASSWORD": "krita"}, id="a password"),
        pytest.param(
            ("user default off", "user edge on >krita allchannels +@all"),
            {"REDIS_SENTINEL_USERNAME": "edge", "REDIS_SENTINEL_PASSWORD": "krita"},
            id="a user",
        ),
    ],
)
async def test_a_sentinel_that_admits_by_password(
    server: RedisServer, tmp_path: Path, rules: Sequence[str], credentials: Mapping[str, str]
) -> None:
    """A Sentinel that asks for a password, as Helm charts set it up, names no primary to a client without it."""
    async with running(SentinelServer(tmp_path, server, *rules)) as sentinel:
        where = {"REDIS_SENTINELS": f"127.0.0.1:{sentinel.port}", "REDIS_SENTINEL_MASTER": MASTER}
        client = make_redis(server.url, deployed(RedisMode.SENTINEL, **where, **credentials))
        stranger = make_redis(server.url, deployed(RedisMode.SENTINEL, **where))

        await eventually(lambda: writes_and_reads(client))
        assert not await writes_and_reads(stranger)
        await client.aclose()
        await stranger.aclose()


@pytest.mark.parametrize("patience_s", [0.05, 1.0])
async def test_a_sentinel_that_hangs_is_passed_over(server: RedisServer, tmp_path: Path, patience_s: float) -> None:
    """The next one is asked, within one call where that has the time, and else by the calls that follow."""
    async with running(SentinelServer(tmp_path, server)) as hung, running(SentinelServer(tmp_path, server)) as sound:
        settings = deployed(
            RedisMode.SENTINEL,
            REDIS_SENTINELS=f"127.0.0.1:{hung.port},127.0.0.1:{sound.port}",
            REDIS_SENTINEL_MASTER=MASTER,
        )
        client = make_redis(server.url, settings)
        impatient = make_redis(server.url, settings)
        await eventually(lambda: writes_and_reads(client))
        await hung.freeze()

        async def is_served() -> bool:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    return await writes_and_reads(impatient)
            return False

        await eventually(is_served)
        await impatient.aclose()
        await client.aclose()


async def test_a_server_that_is_away_fails_at_once(server: RedisServer) -> None:
    """No retries, no back-off: the caller decides."""
    client = make_redis(server.url, deployed(RedisMode.STANDALONE), connect_within_s=TIMEOUT_S)
    await client.ping()
    await server.stop()

    async with asyncio.timeout(PATIENCE_S):
        assert not await writes_and_reads(client)
    await client.aclose()


async def test_a_server_that_hangs_is_sent_a_command_once(server: RedisServer) -> None:
    """Its caller gives up by its own time; the counter, when the server wakes, stands at one."""
    client = make_redis(server.url, deployed(RedisMode.STANDALONE), connect_within_s=TIMEOUT_S)
    await client.ping()
    await server.freeze()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.incr("counter")

    server.thaw()
    assert await client.get("counter") == b"1"
    await client.aclose()


async def test_a_cancelled_caller_stops(valkey: RedisServer) -> None:
    """However far its command has come, it learns of it: a task of redis-py's own may swallow the cancellation."""
    client = make_redis(valkey.url, deployed(RedisMode.STANDALONE), connect_within_s=TIMEOUT_S)
    stopped = []
    for turns in range(12):
        await client.ping()
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(ask_twice(client))
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
        stopped.append(asking.cancelled())
    await client.aclose()

    assert stopped == [True] * 12


async def ask_twice(client: RedisClient) -> None:
    """Ask, and then wait for what never comes."""
    await client.ping()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.Event().wait()
