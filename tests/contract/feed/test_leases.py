"""What every Leases promises: those in memory and those in Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from common.clock import SystemClock
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, TokenId, UserId
from common.notification_log import NotificationLog
from common.notification_log.redis_log import RedisNotificationLog
from common.redis_client import RedisClient, make_redis
from common.settings.shared import RedisMode
from sandbox.ports import LOOPBACK, free_port
from sandbox.redis_server import RedisServer
from tests.fakes.leases import FakeLeases
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.revocations import FakeRevocations
from tests.fakes.subscriber import RecordingSubscriber
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.moments import ISSUED
from tests.support.real_ingest import redis_settings
from tests.support.servers import unique
from tests.support.valkey_cluster import ValkeyCluster
from websocket_service.adapters.redis_leases import LEASE_S, RedisLeases
from websocket_service.adapters.redis_subscriptions import RedisSubscriptions
from websocket_service.live.dispatcher import PROBES_CHANNEL, ChannelNames, encode_probe, parse_probe
from websocket_service.live.ports import Leases
from websocket_service.metrics import LiveCounters


@pytest.fixture(scope="module", params=["standalone", "cluster"])
def deployment(request: pytest.FixtureRequest) -> tuple[str, RedisMode]:
    """The URL and the mode of each deployment in turn."""
    if request.param == "cluster":
        primaries: ValkeyCluster = request.getfixturevalue("primaries")
        return primaries.servers[0].url, RedisMode.CLUSTER
    valkey: RedisServer = request.getfixturevalue("valkey")
    return valkey.url, RedisMode.STANDALONE


@pytest_asyncio.fixture
async def patient_redis(deployment: tuple[str, RedisMode]) -> AsyncIterator[RedisClient]:
    """A client that may take long to connect: a race opens dozens of connections at once, on a machine that is busy."""
    url, mode = deployment
    async with aclosing(make_redis(url, redis_settings(mode), connect_within_s=PATIENCE_S)) as client:
        yield client


def caller(user_id: UserId) -> Principal:
    """Return the user with a token nobody revoked."""
    expires_at = ISSUED + timedelta(hours=1)
    return Principal(user_id=user_id, issued_at=ISSUED, expires_at=expires_at, token_id=TokenId(unique("jti")))


async def test_in_memory() -> None:
    """The fake keeps the promises of :func:`keeps_its_promises`."""
    leases = FakeLeases(FakeRevocations(), places=2)

    await keeps_its_promises(leases, leases, settle=asyncio.sleep)


async def test_in_redis(patient_redis: RedisClient) -> None:
    """The real one does too, between two replicas."""
    here, there = (RedisLeases(patient_redis, places=2, deadline_s=PATIENCE_S) for _ in range(2))

    async def settle(_seconds: float) -> None:
        await here.flush()

    await keeps_its_promises(here, there, settle=settle)


async def keeps_its_promises(here: Leases, there: Leases, *, settle: Callable[[float], object]) -> None:
    """A user has so many places over all replicas; one given back can be taken; users don't share."""
    user, other = UserId(unique("åsa{x}")), UserId(unique("bo"))
    taken = [
        await here.acquire(caller(user), "a", None),
        await there.acquire(caller(user), "b", None),
        await there.acquire(caller(user), "c", None),
    ]
    others = await here.acquire(caller(other), "d", None)
    here.release(user, "a")
    here.release(user, "never-taken")
    settled = settle(0)
    assert asyncio.iscoroutine(settled)
    await settled

    assert [page is not None for page in taken] == [True, True, False]
    assert others
    assert await there.acquire(caller(user), "e", None)
    assert not await here.acquire(caller(user), "f", None)


async def test_the_first_page_in_memory() -> None:
    """The fake reads what :func:`comes_with_a_place` asks for."""
    log = FakeNotificationLog()

    await comes_with_a_place(FakeLeases(FakeRevocations(), places=1, log=log, page_entries=2), log)


async def test_the_first_page_in_redis(patient_redis: RedisClient) -> None:
    """The real one does too, on the trip on which the place is taken."""
    leases = RedisLeases(patient_redis, places=1, deadline_s=PATIENCE_S, page_entries=2)

    await comes_with_a_place(leases, RedisNotificationLog(patient_redis, service="feed", deadline_s=PATIENCE_S))


async def comes_with_a_place(leases: Leases, log: NotificationLog) -> None:
    """The page is what the log has behind the cursor, cut at the limit; without a cursor it is the log's end."""
    user, other = UserId(unique("åsa{x}")), UserId(unique("bo"))
    for owner in (user, other):
        first, *_ = [await log.append(owner, event_id=uuid4(), message=b'{"n":1}') for _ in range(4)]
    after = await log.append(user, event_id=uuid4(), message=b'{"n":5}')

    resumed = await leases.acquire(caller(other), "a", first.cursor)
    live = await leases.acquire(caller(user), "b", None)

    assert resumed == await log.read_after(other, first.cursor, limit=2)
    assert resumed is not None
    assert (len(resumed.entries), resumed.more) == (2, True)
    assert live == await log.read_after(user, None)
    assert live is not None
    assert (live.entries, live.cursor) == ([], after.cursor)


async def test_a_probe_in_memory() -> None:
    """The fake tells each replica whose connections are to show that they live."""
    heard: list[UserId] = []
    leases = FakeLeases(FakeRevocations())
    leases.replicas += [heard.append, heard.append]

    await leases.probe_user(UserId("åsa{x}"))

    assert heard == ["åsa{x}", "åsa{x}"]


async def test_a_probe_in_redis(redis: RedisClient) -> None:
    """The real one does too, over the channel that each replica listens to."""
    listener = RecordingSubscriber()
    subscriptions = RedisSubscriptions(
        redis, listener, [PROBES_CHANNEL], SystemClock(), LiveCounters(), channels=ChannelNames()
    )
    user = UserId(unique("åsa{x}"))
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(subscriptions.run())
        await eventually(lambda: PROBES_CHANNEL in listener.confirmations)
        await RedisLeases(redis, places=1, deadline_s=PATIENCE_S).probe_user(user)
        await eventually(lambda: len(listener.messages) > 0)
        listening.cancel()

    ((channel, payload),) = listener.messages
    assert (channel, parse_probe(payload)) == (PROBES_CHANNEL, user)


@pytest.mark.parametrize("user", ["anna", "åsa{x}", "\ud800", ""])
def test_a_probe_names_any_user(user: str) -> None:
    """An id comes back as it was, and bytes that are no text name nobody."""
    assert parse_probe(encode_probe(UserId(user))) == user
    assert parse_probe(b"\xff") is None


async def test_a_race(patient_redis: RedisClient) -> None:
    """Of many who come at once, exactly as many get in as there are places."""
    replicas = [RedisLeases(patient_redis, places=5, deadline_s=PATIENCE_S) for _ in range(4)]
    user = UserId(unique("u"))

    outcomes = await asyncio.gather(*(replicas[n % 4].acquire(caller(user), f"lease-{n}", None) for n in range(40)))

    assert sum(page is not None for page in outcomes) == 5


async def test_a_killed_replica(patient_redis: RedisClient) -> None:
    """What nobody has renewed for a lease's time lapses; what is renewed doesn't."""
    killed, living = (RedisLeases(patient_redis, places=2, deadline_s=PATIENCE_S) for _ in range(2))
    user = UserId(unique("u"))
    await killed.acquire(caller(user), "lost", None)
    await living.acquire(caller(user), "kept", None)

    assert not await living.acquire(caller(user), "too-many", None)
    for lease in ("lost", "kept"):
        await patient_redis.zincrby(f"feed:{{{user}}}:leases", -LEASE_S * 1000, lease)
    await living.renew()
    assert await living.acquire(caller(user), "new", None)
    assert not await living.acquire(caller(user), "too-many", None)


async def test_a_clock_that_was_set_back(patient_redis: RedisClient) -> None:
    """A killed replica's lease of before ends all the same, and a living one's is renewed by the new time."""
    living, user = RedisLeases(patient_redis, places=2, deadline_s=PATIENCE_S), UserId(unique("u"))
    await living.acquire(caller(user), "kept", None)
    await patient_redis.zadd(f"feed:{{{user}}}:leases", {"lost": 0, "lost too": 0})
    for lease in ("kept", "lost", "lost too"):
        await patient_redis.zincrby(f"feed:{{{user}}}:leases", 2 * 10**12, lease)
    await living.renew()

    assert await living.acquire(caller(user), "new", None)
    assert not await living.acquire(caller(user), "too-many", None)


async def test_released_while_all_are_renewed(patient_redis: RedisClient) -> None:
    """A place that is given back while a renewal goes on is free at once, whenever that happens."""
    leases = RedisLeases(patient_redis, places=1, deadline_s=PATIENCE_S)
    users = [UserId(unique("u")) for _ in range(60)]
    for user in users:
        await leases.acquire(caller(user), "left", None)
    async with asyncio.TaskGroup() as group:
        renewing = group.create_task(leases.renew(over_s=0.1))
        for user in users:
            await asyncio.sleep(0)
            leases.release(user, "left")
            await leases.flush()
        await renewing

    assert None not in [await leases.acquire(caller(user), "new", None) for user in users]


async def test_refused_while_all_are_renewed(patient_redis: RedisClient) -> None:
    """One too many takes no place by being renewed before it has heard that it is refused."""
    leases = RedisLeases(patient_redis, places=1, deadline_s=PATIENCE_S)
    user = UserId(unique("u"))
    await leases.acquire(caller(user), "first", None)
    async with asyncio.TaskGroup() as group:
        refused = group.create_task(leases.acquire(caller(user), "second", None))
        await asyncio.sleep(0)
        await leases.renew()
    leases.release(user, "first")
    await leases.flush()

    assert not refused.result()
    assert await leases.acquire(caller(user), "third", None)


async def test_released_as_the_replica_goes(redis: RedisClient) -> None:
    """A place given back just before the end is free afterwards, however far its release has come."""
    for steps in range(12):
        leases, user = RedisLeases(redis, places=1, deadline_s=PATIENCE_S), UserId(unique("u"))
        async with asyncio.TaskGroup() as group:
            running = group.create_task(leases.run())
            await leases.acquire(caller(user), "left", None)
            leases.release(user, "left")
            for _ in range(steps):
                await asyncio.sleep(0)
            running.cancel()

        assert await redis.zcard(f"feed:{{{user}}}:leases") == 0, f"cancelled after {steps} turns of the loop"


async def test_a_wiped_server(patient_redis: RedisClient) -> None:
    """After the server has lost everything, one renewal tells it who is here."""
    leases = RedisLeases(patient_redis, places=1, deadline_s=PATIENCE_S)
    user = UserId(unique("u"))
    await leases.acquire(caller(user), "here", None)
    await patient_redis.delete(f"feed:{{{user}}}:leases")

    await leases.renew()

    assert not await leases.acquire(caller(user), "second", None)


async def test_no_redis() -> None:
    """A store that can't be reached is told in the house's terms, and renewing and releasing go on quietly."""
    async with Redis.from_url(f"redis://{LOOPBACK}:{free_port()}") as nowhere:
        leases = RedisLeases(nowhere, places=1, deadline_s=PATIENCE_S)
        with pytest.raises(HuleEduError) as failure:
            await leases.acquire(caller(UserId("anna")), "lease", None)
        await leases.renew()
        with pytest.raises(HuleEduError):
            await leases.probe_user(UserId("anna"))
        leases.release(UserId("anna"), "lease")
        await leases.flush()

    assert failure.value.error_code is ErrorCode.CONNECTION_ERROR
