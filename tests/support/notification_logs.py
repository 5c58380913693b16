"""Notification logs to make the same claims about: in memory, on one Valkey, on a cluster of them."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from redis.asyncio import Redis, RedisCluster

from common.identity.principal import UserId
from common.notification_log import Cursor, NotificationLog
from common.notification_log.keys import UserKeys, channel_of
from common.notification_log.log import Retention
from common.notification_log.redis_log import RedisNotificationLog
from tests.fakes.clock import FakeClock
from tests.fakes.notification_log import FakeNotificationLog
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.servers import unique

KEPT = 5
"""How many entries a user keeps in these worlds: few, so that claims about trimming are short."""

CHANNEL_PREFIX = "ws"
KEPT_BYTES = 2_000_000
"""How many bytes of messages a user keeps: room for three of :data:`LARGE_BYTES`."""

LARGE_BYTES = 600_000
"""A message of which a page has room for one."""

FEW = Retention(entries=KEPT, stream_bytes=KEPT_BYTES)

Restore = Callable[[], Awaitable[None]]
Hear = Callable[[int], Awaitable[list[bytes]]]


def new_user(stem: str = "teacher") -> UserId:
    """Return a user nobody else has."""
    return UserId(unique(stem))


def keys_of(user_id: UserId) -> UserKeys:
    """Return the Redis names of a user in these worlds."""
    return UserKeys.of(user_id)


async def position(log: NotificationLog, user_id: UserId) -> Cursor:
    """Return the end of the user's log."""
    return (await log.read_after(user_id, None)).cursor


async def unread(log: NotificationLog, user_id: UserId) -> int:
    """Return how many of the entries still kept come after the seen-mark."""
    return (await log.read_after(user_id, None)).seen.unread


class LogWorld(Protocol):
    """A log, and what can happen to what it keeps."""

    @property
    def log(self) -> NotificationLog:
        """The log."""
        ...

    async def expire_entries(self, user_id: UserId) -> None:
        """Lose the user's stream."""
        ...

    async def wipe(self, user_id: UserId) -> None:
        """Lose all that is kept of the user, events aside."""
        ...

    async def snapshot(self, user_id: UserId) -> Restore:
        """Return a function that puts back what is kept of the user now, events aside."""
        ...

    async def tick(self) -> None:
        """Let the log's clock move on, so that no id is given out a second time after a snapshot was put back."""
        ...

    def listening(self, user_id: UserId) -> AbstractAsyncContextManager[Hear]:
        """Listen to the user's channel: ``hear(n)`` returns what came, at least ``n`` messages."""
        ...


class FakeWorld:
    """The world of the log in memory."""

    def __init__(self) -> None:
        self._clock = FakeClock()
        self.log = FakeNotificationLog(clock=self._clock, retention=FEW)

    async def expire_entries(self, user_id: UserId) -> None:
        """Lose the user's entries."""
        self.log.expire_entries(user_id)

    async def wipe(self, user_id: UserId) -> None:
        """Lose the user."""
        self.log.wipe(user_id)

    async def snapshot(self, user_id: UserId) -> Restore:
        """Remember the user."""
        put_back = self.log.snapshot(user_id)

        async def restore() -> None:
            put_back()

        return restore

    async def tick(self) -> None:
        """Wind the clock."""
        self._clock.advance(0.002)

    @asynccontextmanager
    async def listening(self, user_id: UserId) -> AsyncIterator[Hear]:
        """Look at what the fake says it published from now on."""
        before = len(self.log.published)

        async def hear(_: int) -> list[bytes]:
            return [payload for listener, payload in self.log.published[before:] if listener == user_id]

        yield hear


class RedisWorld:
    """The world of the log in Redis.

    Args:
        redis: the log's client.
        listener: a client of one server, any node of a cluster, to hear the channels with.
    """

    def __init__(self, redis: Redis | RedisCluster, listener: Redis) -> None:
        self.log = RedisNotificationLog(
            redis, service="tests", channel_prefix=CHANNEL_PREFIX, retention=FEW, deadline_s=PATIENCE_S
        )
        self._redis = redis
        self._listener = listener

    async def expire_entries(self, user_id: UserId) -> None:
        """Delete the stream: what a reader sees once its time to live has passed."""
        await self._redis.delete(keys_of(user_id).stream)

    async def wipe(self, user_id: UserId) -> None:
        """Delete the stream and the state."""
        keys = keys_of(user_id)
        await self._redis.delete(keys.stream, keys.state)

    async def snapshot(self, user_id: UserId) -> Restore:
        """Dump the stream and the state."""
        keys = keys_of(user_id)
        dumps = {key: await self._redis.dump(key) for key in (keys.stream, keys.state)}

        async def restore() -> None:
            await self._redis.delete(*dumps)
            for key, dump in dumps.items():
                if dump is not None:
                    await self._redis.restore(key, 0, dump)

        return restore

    async def tick(self) -> None:
        """Wait for the next millisecond."""
        ends = time.time() + 0.002
        await eventually(lambda: time.time() > ends)

    @asynccontextmanager
    async def listening(self, user_id: UserId) -> AsyncIterator[Hear]:
        """Subscribe, and hear with what has come."""
        came: list[bytes] = []
        channel = channel_of(user_id, prefix=CHANNEL_PREFIX).encode("utf-8", "surrogatepass")
        async with self._listener.pubsub(ignore_subscribe_messages=False) as pubsub:
            await pubsub.subscribe(channel)
            await pubsub.get_message(timeout=PATIENCE_S)

            async def more_came(wanted: int) -> bool:
                message = await pubsub.get_message(timeout=0.01)
                if message is not None:
                    came.append(message["data"])
                return len(came) >= wanted

            async def hear(wanted: int) -> list[bytes]:
                await eventually(lambda: more_came(wanted))
                return list(came)

            yield hear
