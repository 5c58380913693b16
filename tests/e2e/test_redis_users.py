"""deploy/redis/users.acl lets each service do what it does, and nothing more."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import dumps
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError
from websockets.exceptions import ConnectionClosed

from common.identity.principal import Principal, TokenId, UserId
from sandbox.options import StackOptions
from sandbox.ports import LOOPBACK
from sandbox.redis_server import RedisServer
from sandbox.stack import Stack
from scripts.docs.kept_files import ROOT
from tests.e2e.browser import LOGOUT, Browser
from tests.e2e.conftest import UNHURRIED
from tests.support.servers import running
from websocket_service.adapters.redis_leases import RedisLeases

USERS = ROOT / "deploy" / "redis" / "users.acl"
PASSWORD = "replace-this-password"
"""As the file has it; an operator replaces it."""

ADMIN = "user default on nopass ~* &* +@all"
"""The test's own user, in place of the one that the file turns off."""

USER = UserId("a-teacher-of-this-test")
ISSUED = datetime(2026, 11, 29, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A platform whose edge has its own Redis, with the file's users."""

    stack: Stack
    redis: RedisServer

    def client(self, user: str | None = None) -> Redis:
        """Return a client of this user's, or the test's own."""
        return Redis.from_url(self.redis.url if user is None else self.url_of(user))

    def url_of(self, user: str) -> str:
        """Return the address with this user's name and password."""
        return f"redis://{user}:{PASSWORD}@{LOOPBACK}:{self.redis.port}/0"


@pytest_asyncio.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    """The whole sandbox, its gateway and feed on a Redis that has the file's users."""
    folder = tmp_path_factory.mktemp("redis-users")
    users = folder / "users.acl"
    file = USERS.read_text("utf-8")
    assert file.startswith("user default off\n")
    users.write_text(file.replace("user default off", ADMIN))
    async with AsyncExitStack() as started:
        redis = await started.enter_async_context(running(RedisServer(folder, options={"aclfile": str(users)})))
        url = f"redis://{{}}:{PASSWORD}@{LOOPBACK}:{redis.port}/0"
        options = StackOptions(
            phase_s=0.05,
            logs=folder,
            gateway_environment={**UNHURRIED, "API_GATEWAY_REDIS_URL": url.format("edge-gateway")},
            websocket_environment={"REDIS_URL": url.format("edge-feed")},
        )
        yield Guarded(await started.enter_async_context(Stack(options)), redis)


@pytest_asyncio.fixture
async def admin(guarded: Guarded) -> AsyncIterator[Redis]:
    """A client that may do everything; the log of denials is empty before the test."""
    async with guarded.client() as client:
        await client.acl_log_reset()
        yield client


async def test_a_teachers_day_is_allowed(guarded: Guarded, admin: Redis) -> None:
    """Login, limits, idempotency, ownership, ticket, feed, catch-up, seen-mark, stream and logout: none is denied."""
    async with aiohttp.ClientSession() as client:
        maria = await Browser(client, guarded.stack.addresses).logged_in(0)
        async with maria.feed() as feed:
            class_id = await maria.new_class()
            await feed.until("class_created", class_id=class_id)
            batch_id = await maria.new_batch(prompt=True)
            key = {"Idempotency-Key": str(uuid4())}
            started = [await maria.start(batch_id, "nlp", headers=key) for _ in range(2)]
            await feed.socket.send(dumps({"type": "seen", "id": feed.ids[-1]}))
            await feed.until("feed.seen")
        ticket = (await maria.call("POST", "/v1/ws/tickets")).body["ticket"]
        page = await maria.call("GET", "/v1/notifications")
        older = await maria.call("GET", f"/v1/notifications?after={feed.ids[0]}")
        seen = await maria.call("POST", "/v1/notifications/seen", json={"id": feed.ids[-1]})
        async with maria.feed(ticket=ticket, cursor=feed.ids[0]) as feed:
            await maria.call("POST", LOGOUT, json={})
            with pytest.raises(ConnectionClosed) as closed:
                await feed.until("nothing")

    assert [answer.status for answer in started] == [202, 202]
    assert started[1].headers["Idempotent-Replayed"] == "true"
    assert (page.status, older.status, seen.status) == (200, 200, 200)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert await admin.acl_log() == []


async def test_what_a_feed_does_now_and_then_is_allowed(guarded: Guarded, admin: Redis) -> None:
    """Leases are renewed, given back and probed for."""
    async with guarded.client("edge-feed") as redis:
        leases = RedisLeases(redis, places=1, deadline_s=5.0)
        expires_at = ISSUED + timedelta(hours=1)
        principal = Principal(user_id=USER, issued_at=ISSUED, expires_at=expires_at, token_id=TokenId("of-this-test"))
        pages = [await leases.acquire(principal, lease, None) for lease in ("first", "second")]
        await leases.probe_user(USER)
        await leases.renew()
        leases.release(USER, "first")
        await leases.flush()

    assert [page is not None for page in pages] == [True, False]
    assert await admin.acl_log() == []


@pytest.mark.parametrize(
    ("user", "command"),
    [
        *((user, command) for user in ("edge-gateway", "edge-feed") for command in ("KEYS *", "FLUSHALL", "ACL LIST")),
        *((user, "GET platform:session") for user in ("edge-gateway", "edge-feed")),
        *((user, "PUBLISH other:channel text") for user in ("edge-gateway", "edge-feed")),
        ("edge-gateway", "GETDEL feed:ticket:any"),
        ("edge-gateway", "GET feed:ticket:any"),
        ("edge-gateway", "SUBSCRIBE ws:teacher"),
        ("edge-feed", "SET auth:revoked:any 1"),
        ("edge-feed", "GET edge:idempotency:any"),
    ],
)
async def test_everything_else_is_denied(guarded: Guarded, user: str, command: str) -> None:
    """The platform's keys, the server itself, and what only the other service does."""
    async with guarded.client(user) as redis:
        execute: Callable[..., Awaitable[object]] = redis.execute_command  # redis-py ships it without types
        with pytest.raises(NoPermissionError):
            await execute(*command.split())


def test_the_file_has_no_password_of_its_own() -> None:
    """It says where one belongs."""
    told = [word for line in USERS.read_text("utf-8").splitlines() for word in line.split() if word[0] in "><#"]

    assert told == [f">{PASSWORD}"] * 2
