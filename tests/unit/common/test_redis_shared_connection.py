"""Many callers on one connection to a real Valkey, and to servers that Valkey never is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import hiredis
import pytest
import pytest_asyncio
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MasterDownError, NoScriptError, ReadOnlyError, ResponseError

from common.redis_client import CONNECT_WITHIN_S, make_redis
from common.redis_script import ClientRunner, RedisScript, ScriptRun, run_and_get
from common.redis_shared_connection import SharedConnection
from common.settings.shared import RedisMode
from sandbox.ports import LOOPBACK
from sandbox.redis_server import RedisServer
from tests.fakes.scheduler import FakeScheduler
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.real_ingest import redis_settings
from tests.support.redis_troubles import demote, hanging_redis
from tests.support.servers import running, unique


def client_of(url: str) -> Redis:
    """Return a client as the gateway's limits have it."""
    client = make_redis(url, redis_settings(RedisMode.STANDALONE))
    assert isinstance(client, Redis)
    return client


@pytest_asyncio.fixture
async def redis(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared Valkey."""
    async with client_of(valkey.url) as client:
        yield client


@pytest.fixture
def shared(redis: Redis) -> SharedConnection:
    """A shared connection to it."""
    return SharedConnection(redis, answer_within_s=PATIENCE_S)


async def id_of(shared: SharedConnection) -> int:
    """Return the number that the server gave the connection."""
    return cast("int", await shared.ask("CLIENT", "ID"))


async def test_each_of_many_callers_gets_its_own_answer(shared: SharedConnection) -> None:
    """All over one connection."""
    ids = asyncio.gather(*(id_of(shared) for _ in range(20)))
    answers = asyncio.gather(*(shared.ask("ECHO", f"å{number}") for number in range(200)))

    assert await answers == [f"å{number}".encode() for number in range(200)]
    assert len(set(await ids)) == 1


async def test_an_error_is_its_callers_alone(shared: SharedConnection) -> None:
    """The connection stays, and so do the answers around the error."""
    key, before = unique("key"), await id_of(shared)

    stored, refused, kept = await asyncio.gather(
        *(shared.ask("SET", key, 1), shared.ask("LPUSH", key, 2), shared.ask("GET", key)), return_exceptions=True
    )

    assert (stored, kept) == (b"OK", b"1")
    assert isinstance(refused, ResponseError)
    assert await id_of(shared) == before


async def test_a_script_the_server_does_not_know_is_sent_once(redis: Redis, shared: SharedConnection) -> None:
    """And is known from then on."""
    script = RedisScript(redis, f"return {{KEYS[1], ARGV[1], 7}} -- {unique('script')}", runner=shared)

    answers = [await script.run(keys=["k"], args=[number]) for number in range(2)]

    assert answers == [[b"k", b"0", 7], [b"k", b"1", 7]]
    with pytest.raises(NoScriptError):
        await shared.evalsha("0" * 40, 0)


async def test_several_commands_are_one_trip(shared: SharedConnection) -> None:
    """Their answers in order, errors among them; what comes after an error is done all the same."""
    key = unique("key")

    stored, unknown, refused, value = await shared.ask_each(
        *(("SET", key, 1), ("EVALSHA", "0" * 40, 0), ("LPUSH", key, 2), ("GET", key))
    )

    assert (stored, value) == (b"OK", b"1")
    assert isinstance(unknown, NoScriptError)
    assert isinstance(refused, ResponseError)
    assert await shared.ask("GET", key) == b"1"


ADD = "return #KEYS + ARGV[1]"
COUNT = "return redis.call('INCR', KEYS[1])"


@pytest.mark.parametrize("on_one_connection", [False, True])
async def test_values_are_looked_up_beside_scripts(redis: Redis, *, on_one_connection: bool) -> None:
    """Of keys that aren't a script's: an operator may let a service read those alone. Each script is run once."""
    runner = SharedConnection(redis, answer_within_s=PATIENCE_S) if on_one_connection else ClientRunner(redis)
    added, counted = (RedisScript(redis, f"{text} -- {unique('script')}") for text in (ADD, COUNT))
    known, unknown = unique("key"), unique("key")
    await redis.set(known, "value")

    runs: Sequence[ScriptRun] = ((added, (["k"], [2])), (counted, ([unique("count")], [])))
    answers = [await run_and_get(runner, runs, [known, unknown]) for _ in range(2)]

    assert answers == [([3, 1], [b"value", None]), ([3, 2], [b"value", None])]


async def outcome_of(asking: Awaitable[object]) -> object:
    """Return the answer, or the error in its place."""
    (outcome,) = await asyncio.gather(asking, return_exceptions=True)
    return outcome


async def test_a_caller_that_gives_up_disturbs_no_other(tmp_path: Path) -> None:
    """Its answer comes all the same, and no other caller gets it."""
    async with running(RedisServer(tmp_path)) as server, client_of(server.url) as redis, asyncio.TaskGroup() as group:
        shared = SharedConnection(redis, answer_within_s=PATIENCE_S)
        before = await id_of(shared)
        await server.freeze()
        given_up, kept = (group.create_task(shared.ask("ECHO", word)) for word in ("given up", "kept"))
        given_up_too = group.create_task(shared.ask_each(("ECHO", "given up"), ("ECHO", "too")))
        kept_too = group.create_task(shared.ask("ECHO", "kept too"))
        await asyncio.sleep(0)

        given_up.cancel()
        given_up_too.cancel()
        server.thaw()

        assert (await kept, await kept_too) == (b"kept", b"kept too")
        assert await id_of(shared) == before


async def test_whoever_waits_when_the_connection_is_lost_is_told(tmp_path: Path) -> None:
    """The next command goes over another connection."""
    async with running(RedisServer(tmp_path)) as server, client_of(server.url) as redis, asyncio.TaskGroup() as group:
        shared = SharedConnection(redis, answer_within_s=PATIENCE_S)
        await id_of(shared)
        await server.freeze()
        waiting = [group.create_task(outcome_of(shared.ask("PING"))) for _ in range(2)]
        waiting.append(group.create_task(outcome_of(shared.ask_each(("PING",), ("PING",)))))
        await asyncio.sleep(0)
        await server.kill()

        told = await asyncio.gather(*waiting)
        await server.start()

        assert [type(error) for error in told] == [RedisConnectionError] * 3
        assert await shared.ask("PING") == b"PONG"


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(("SET", "key", "value"), ReadOnlyError, id="a write"),
        pytest.param(("GET", "key"), MasterDownError, id="a read, without its primary"),
    ],
)
async def test_a_demoted_primary_is_asked_no_more(
    tmp_path: Path, command: Sequence[str], refusal: type[ResponseError]
) -> None:
    """Its connection is given up, so that Sentinel's word counts, or a name's that leads elsewhere by now."""
    async with running(RedisServer(tmp_path)) as server, client_of(server.url) as redis:
        shared = SharedConnection(redis, answer_within_s=PATIENCE_S)
        before = await id_of(shared)
        async with demote(server, redis):
            with pytest.raises(refusal):
                await shared.ask(*command)

        assert await id_of(shared) != before


async def test_closing_the_client_closes_the_connection(redis: Redis, valkey: RedisServer) -> None:
    """The server sees it go."""
    async with client_of(valkey.url) as closed:
        number = await id_of(SharedConnection(closed, answer_within_s=PATIENCE_S))

    async def is_gone() -> bool:
        return all(int(client["id"]) != number for client in await redis.client_list())

    await eventually(is_gone)


@asynccontextmanager
async def server_of(*connections: tuple[bytes, ...], greeted: asyncio.Event | None = None) -> AsyncIterator[Redis]:
    """Yield a client of a server that answers the commands on each connection by these bytes in turn, then not at all.

    What redis-py says of itself as it connects is answered as Valkey does, once ``greeted`` is set where it is given.
    """
    scripts = iter(connections)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, commands = iter(next(scripts)), hiredis.Reader()
        while received := await reader.read(65_536):
            commands.feed(received)
            while command := commands.gets():
                if command[0] == b"CLIENT" and greeted is not None:
                    await greeted.wait()
                writer.write(b"+OK\r\n" if command[0] == b"CLIENT" else next(answers, b""))
        writer.close()

    async with await asyncio.start_server(serve, LOOPBACK, 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with client_of(f"redis://{LOOPBACK}:{port}/0") as redis:
            yield redis


async def test_a_silent_connection_is_replaced() -> None:
    """Its server may be gone without a word: a caller that waits gets an error in time, and the next one an answer."""
    scheduler = FakeScheduler()
    async with server_of((b":1\r\n",), (b":2\r\n",)) as redis, asyncio.TaskGroup() as group:
        shared = SharedConnection(redis, answer_within_s=1.0, scheduler=scheduler)
        assert await shared.ask("PING") == 1
        scheduler.advance(1.0)
        waiting = group.create_task(outcome_of(shared.ask("PING")))
        await scheduler.until_due_in(1.0)
        scheduler.advance(1.0)

        assert isinstance(await waiting, TimeoutError)
        assert await shared.ask("PING") == 2


async def test_an_answer_that_came_while_the_loop_was_busy_counts(valkey: RedisServer, redis: Redis) -> None:
    """Redis wasn't slow: its answer had to wait for us."""
    scheduler, key = FakeScheduler(), unique("key")
    shared = SharedConnection(redis, answer_within_s=1.0, scheduler=scheduler)
    await id_of(shared)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(shared.ask("SET", key, 1))
        await asyncio.sleep(0)

        with BlockingRedis.from_url(valkey.url) as blocking:
            while blocking.get(key) is None:
                pass
        scheduler.advance(2.0)

    assert waiting.result() == b"OK"


async def test_a_server_that_cannot_be_reached_is_given_up_in_time() -> None:
    """It takes the connection, and never says who it is."""
    scheduler = FakeScheduler()
    async with hanging_redis() as redis, asyncio.TaskGroup() as group:
        shared = SharedConnection(redis, answer_within_s=1.0, scheduler=scheduler)
        waiting = group.create_task(outcome_of(shared.ask("PING")))
        await scheduler.until_due_in(1.0)
        scheduler.advance(1.0)

    assert isinstance(waiting.result(), TimeoutError)


async def test_a_connection_may_take_longer_than_an_answer() -> None:
    """It is made although the caller that began it has given up, and the next one uses it."""
    scheduler, greeted = FakeScheduler(), asyncio.Event()
    async with server_of((b":1\r\n",), greeted=greeted) as redis, asyncio.TaskGroup() as group:
        shared = SharedConnection(redis, answer_within_s=CONNECT_WITHIN_S / 2, scheduler=scheduler)
        waiting = group.create_task(outcome_of(shared.ask("PING")))
        await scheduler.until_due_in(CONNECT_WITHIN_S / 2)
        scheduler.advance(CONNECT_WITHIN_S / 2)
        given_up = await waiting

        greeted.set()

        assert isinstance(given_up, TimeoutError)
        assert await shared.ask("PING") == 1


@pytest.mark.parametrize("answer", [b":1\r\n:1\r\n", b":1\r\n?\r\n"])
async def test_a_server_that_says_more_than_it_was_asked_is_left(answer: bytes) -> None:
    """An answer too many, or what is no answer, would give callers one another's."""
    async with server_of((answer,), (b":2\r\n",)) as redis:
        shared = SharedConnection(redis, answer_within_s=PATIENCE_S)
        assert await shared.ask("PING") == 1

        assert await shared.ask("PING") == 2
