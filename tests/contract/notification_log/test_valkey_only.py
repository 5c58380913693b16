"""What only a real server can show of the log: retention, expiry, clocks, scripts and failures."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log import AppendOutcome, Cursor, Gap, NewEntry, Outcome
from common.notification_log.log import Retention
from common.notification_log.redis_log import RedisNotificationLog
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.notification_logs import keys_of, new_user, position, unread
from tests.support.servers import running
from tests.support.valkey_cluster import SLOTS, ValkeyCluster
from tests.support.writing import MESSAGE, append_many, numbered_message, payloads

HOUR_MS = 3_600_000
DAY_S = 86_400


def log_on(redis: Redis, retention: Retention | None = None) -> RedisNotificationLog:
    """Return a log that keeps things as the feed's contract says, unless told otherwise."""
    return RedisNotificationLog(redis, service="tests", retention=retention, deadline_s=PATIENCE_S)


@pytest_asyncio.fixture
async def redis(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the shared server."""
    async with Redis.from_url(valkey.url, protocol=2) as redis:
        yield redis


async def test_five_hundred_entries_are_kept(redis: Redis) -> None:
    """By default the 501st entry pushes the first one out, and a reader from before learns of it."""
    log, user = log_on(redis), new_user()
    cursors = await append_many(log, user, count=501)

    page = await log.read_after(user, Cursor(cursors[0].epoch, 0, 0), limit=1000)

    assert page.gap == Gap(Cursor(cursors[0].epoch, 0, 0), cursors[0])
    assert payloads(page) == list(range(1, 501))
    assert await unread(log, user) == 500


async def test_entries_older_than_their_age_go_with_the_next_append(redis: Redis) -> None:
    """What is too old is trimmed and noted as lost, also when far fewer than 500 are kept."""
    log, user = log_on(redis, Retention(entry_age=timedelta(seconds=3))), new_user()
    old = await append_many(log, user, count=2)
    await redis.persist(keys_of(user).stream)
    await eventually(lambda: time.time() * 1000 > old[1].ms + 3010)

    await append_many(log, user, count=1, first=2)
    page = await log.read_after(user, Cursor(old[0].epoch, 0, 0))

    assert page.gap == Gap(Cursor(old[0].epoch, 0, 0), old[1])
    assert payloads(page) == [2]


@pytest.mark.parametrize("noted", [None, "900@1-1"])
async def test_a_history_of_an_earlier_build_goes_on(redis: Redis, noted: str | None) -> None:
    """A build that counts no bytes may have written the last entry, before an upgrade or during one: nothing is lost.

    The next append counts what is kept, so that the stream's bound in bytes holds for those entries too.
    """
    kept = Retention(stream_bytes=3 * len(numbered_message(0)))
    log, user = log_on(redis, kept), new_user()
    cursors = await append_many(log, user, count=2)
    state = keys_of(user).state
    await redis.hdel(state, "kept_bytes")
    if noted is not None:
        await redis.hset(state, "kept_bytes", noted)

    after = await append_many(log, user, count=2, first=2)
    page = await log.read_after(user, Cursor(cursors[0].epoch, 0, 0))

    assert page.gap == Gap(Cursor(cursors[0].epoch, 0, 0), cursors[0])
    assert [entry.cursor for entry in page.entries] == [cursors[1], *after]


async def test_an_idle_stream_expires_and_says_so(redis: Redis) -> None:
    """A stream nobody appends to goes away after its age by itself; a reader from before meets a gap."""
    log, user = log_on(redis, Retention(entry_age=timedelta(milliseconds=50))), new_user()
    cursors = await append_many(log, user, count=2)

    async def has_expired() -> bool:
        return not await redis.exists(keys_of(user).stream)

    await eventually(has_expired)

    assert (await log.read_after(user, cursors[0])).gap == Gap(cursors[0], cursors[1])


async def test_every_key_lives_as_long_as_it_should(redis: Redis) -> None:
    """Stream, event and fingerprint a day, state thirty: nothing of a user who left stays forever."""
    log, user, event_id = log_on(redis), new_user(), uuid4()
    await log.append(user, event_id=event_id, message=MESSAGE, fingerprint="f")
    keys = keys_of(user)

    lives = [await redis.ttl(key) for key in (keys.stream, keys.state, keys.event(event_id), keys.fingerprint("f"))]

    assert lives == [pytest.approx(days * DAY_S, abs=5) for days in (1, 30, 1, 1)]


async def test_the_state_lives_on_while_somebody_reads(redis: Redis) -> None:
    """A user who only connects keeps her place: reading slides the state's life, at most once a day."""
    log, user = log_on(redis), new_user()
    await position(log, user)
    keys = keys_of(user)
    await redis.expire(keys.state, 28 * DAY_S)

    await position(log, user)

    assert await redis.ttl(keys.state) == pytest.approx(30 * DAY_S, abs=5)


async def test_a_clock_set_back_keeps_ids_rising(redis: Redis) -> None:
    """With entries from what is now the future, the next ones follow them."""
    log, user = log_on(redis), new_user()
    [first] = await append_many(log, user, count=1)
    ahead = first.ms + HOUR_MS
    await redis.xadd(keys_of(user).stream, {"n": "2", "m": MESSAGE}, id=f"{ahead}-0")
    await redis.hset(keys_of(user).state, mapping={"last": f"{ahead}-0", "count": "2"})

    [after] = await append_many(log, user, count=1)

    assert (after.ms, after.seq) == (ahead, 3)
    assert (await log.read_after(user, after)).outcome is Outcome.RESUMED


async def test_a_clock_set_back_after_the_stream_expired_keeps_ids_rising(redis: Redis) -> None:
    """The state remembers where the ids were, so that no cursor points at two things."""
    log, user = log_on(redis), new_user()
    [first] = await append_many(log, user, count=1)
    ahead = Cursor(first.epoch, first.ms + HOUR_MS, 7)
    await redis.hset(keys_of(user).state, mapping={"last": ahead.stream_id, "count": ahead.seq})
    await redis.delete(keys_of(user).stream)

    [after] = await append_many(log, user, count=1)

    assert after == Cursor(first.epoch, ahead.ms, 8)
    assert payloads(await log.read_after(user, ahead)) == [0]


async def test_a_clock_set_ahead_loses_old_entries_truthfully(redis: Redis) -> None:
    """When the clock jumps past the entries' age they are trimmed as old, and their reader meets a gap."""
    log, user = log_on(redis), new_user()
    [first] = await append_many(log, user, count=1)
    long_ago = first.ms - 25 * HOUR_MS
    await redis.xtrim(keys_of(user).stream, maxlen=0, approximate=False)
    await redis.delete(keys_of(user).stream)
    await redis.xadd(keys_of(user).stream, {"n": "1", "m": MESSAGE}, id=f"{long_ago}-0")
    await redis.hset(keys_of(user).state, "last", f"{long_ago}-0")

    await append_many(log, user, count=1, first=1)
    page = await log.read_after(user, Cursor(first.epoch, 0, 0))

    assert page.gap == Gap(Cursor(first.epoch, 0, 0), Cursor(first.epoch, long_ago, 0))
    assert payloads(page) == [1]


async def test_a_stream_without_its_state_is_not_trusted(redis: Redis) -> None:
    """What is left when the state was evicted belongs to no history: its readers are reset and not told it again."""
    log, user = log_on(redis), new_user()
    *_, old = await append_many(log, user, count=2)
    await redis.delete(keys_of(user).state)
    await append_many(log, user, count=1, first=2)

    page = await log.read_after(user, old)

    assert page.outcome is Outcome.RESET
    assert payloads(page) == [2]


async def test_a_server_that_forgot_the_scripts_is_told_again(redis: Redis) -> None:
    """SCRIPT FLUSH, a restart or a promotion costs one more round trip, nothing else."""
    log, user = log_on(redis), new_user()
    await append_many(log, user, count=1)
    await redis.script_flush()

    await append_many(log, user, count=1, first=1)
    await redis.script_flush()
    page = await log.read_after(user, Cursor("other", 0, 0))

    assert payloads(page) == [0, 1]


async def test_each_node_of_a_cluster_is_told_the_scripts(cluster: ValkeyCluster) -> None:
    """Users whose keys live on different nodes are served after every node forgot the scripts."""
    async with cluster.client() as redis:
        log = RedisNotificationLog(redis, service="tests", deadline_s=PATIENCE_S)
        users = user_of_each_node(redis, len(cluster.servers))
        await redis.script_flush()

        appended = [await append_many(log, user, count=1) for user in users]

    assert len(appended) == len(cluster.servers)


def user_of_each_node(redis: RedisCluster, nodes: int) -> list[UserId]:
    """Return new users, one for each node, that keeps what is logged of them."""
    found: dict[int, UserId] = {}
    while len(found) < nodes:
        user = new_user()
        found[redis.keyslot(keys_of(user).state) * nodes // SLOTS] = user
    return list(found.values())


async def test_a_replication_id_ends_with_a_restart(tmp_path: Path) -> None:
    """A server that was started again has another name, though it kept every entry."""
    user = new_user()
    async with running(RedisServer(tmp_path)) as server, Redis.from_url(server.url, protocol=2) as redis:
        log = log_on(redis)
        [cursor] = await append_many(log, user, count=1)
        before = await log.replication_id(user)
        await server.kill()
        await server.start()

        assert await log.replication_id(user) != before
        assert await position(log, user) == cursor


async def test_a_server_that_is_away_or_hung_is_a_connection_error(tmp_path: Path) -> None:
    """Every method fails in the house's form, within its deadline."""
    async with (
        running(RedisServer(tmp_path)) as server,
        Redis.from_url(server.url, protocol=2, retry=Retry(NoBackoff(), 0)) as redis,
    ):
        cursor = await position(log_on(redis), new_user())
        log = RedisNotificationLog(redis, service="tests", deadline_s=0.2)

        await server.freeze()
        await _refuses(log, user_cursor=cursor)
        await server.kill()
        await _refuses(log, user_cursor=cursor)


async def _refuses(log: RedisNotificationLog, *, user_cursor: Cursor) -> None:
    user = new_user()
    calls = (
        log.append(user, event_id=uuid4(), message=MESSAGE),
        log.read_after(user, user_cursor),
        log.read_latest(user),
        log.mark_seen(user, user_cursor),
        log.replication_id(user),
    )
    async with asyncio.timeout(PATIENCE_S):
        outcomes = await asyncio.gather(*calls, return_exceptions=True)

    codes = {outcome.error_code for outcome in outcomes if isinstance(outcome, HuleEduError)}
    assert codes == {ErrorCode.CONNECTION_ERROR}
    assert sum(isinstance(outcome, HuleEduError) for outcome in outcomes) == len(calls)


async def test_a_key_somebody_else_took_is_refused(redis: Redis) -> None:
    """A foreign value under our key is an error of the store's answer, not of its absence, and nothing is half done."""
    log, user = log_on(redis), new_user()
    cursor = await position(log, user)
    await redis.set(keys_of(user).stream, "not a stream")

    with pytest.raises(HuleEduError) as raised:
        await log.append(user, event_id=uuid4(), message=MESSAGE)
    await redis.delete(keys_of(user).stream)

    assert raised.value.error_code == ErrorCode.EXTERNAL_SERVICE_ERROR
    assert await position(log, user) == cursor


async def test_a_refused_entry_costs_the_others_of_its_trip_nothing(redis: Redis) -> None:
    """Its own place holds the refusal; the server learns the script on the way, as it has just been flushed."""
    log, users = log_on(redis), [new_user() for _ in range(3)]
    entries = [NewEntry(user_id=user, event_id=uuid4(), message=MESSAGE) for user in users]
    await position(log, users[1])  # a stream of a history that there is
    await redis.set(keys_of(users[1]).stream, "not a stream")
    await redis.script_flush()

    first, refused, last = await log.append_each(entries)
    await redis.delete(keys_of(users[1]).stream)

    assert isinstance(first, AppendOutcome)
    assert isinstance(refused, HuleEduError)
    assert isinstance(last, AppendOutcome)
    assert refused.error_code == ErrorCode.EXTERNAL_SERVICE_ERROR


async def test_a_trip_that_fails_is_every_entrys_failure() -> None:
    """Without a server, each entry has the failure that an append of its own would raise."""
    async with Redis.from_url("redis://127.0.0.1:1") as nowhere:
        entries = [NewEntry(user_id=new_user(), event_id=uuid4(), message=MESSAGE) for _ in range(2)]

        failures = await log_on(nowhere).append_each(entries)

    assert [failure.error_code for failure in failures if isinstance(failure, HuleEduError)] == (
        [ErrorCode.CONNECTION_ERROR] * 2
    )


@pytest.mark.parametrize("message", [b"", b"{}", b"[1]", b'{"event":"x"} ', b"text", b'"}'])
async def test_only_an_object_can_be_appended(redis: Redis, message: bytes) -> None:
    """What an id can't be spliced into is the caller's mistake."""
    with pytest.raises(ValueError, match="compact JSON object"):
        await log_on(redis).append(new_user(), event_id=uuid4(), message=message)
