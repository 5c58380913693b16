"""What the load of the feed's benchmarks publishes is what a log would have published."""

import asyncio

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from benchmarks.feed_load import Publisher
from common.notification_log.log import LoggedFrame, read_published
from common.notification_log.redis_log import RedisNotificationLog
from sandbox.redis_server import RedisServer
from tests.support.eventually import PATIENCE_S
from tests.support.notification_logs import new_user
from tests.support.writing import append_many


async def test_each_users_messages_are_numbered_on_from_the_log(valkey: RedisServer) -> None:
    """A user's live connection takes a number that is left out for a message that was lost, and looks for it."""
    one, other = new_user(), new_user()
    async with Redis.from_url(valkey.url, protocol=2) as redis, redis.pubsub() as channels:
        (*_, end) = await append_many(RedisNotificationLog(redis, service="tests"), one, count=2)
        await channels.subscribe(f"ws:{one}", f"ws:{other}")
        async with Publisher.to(valkey.url, [one, other]) as publisher:
            for _ in range(4):
                await publisher.one()

        published = [await _next_frame(channels) for _ in range(4)]

    assert [channel for channel, _ in published] == [f"ws:{user}" for user in (one, other, one, other)]
    assert [frame.cursor.seq for _, frame in published] == [end.seq + 1, 1, end.seq + 2, 2]
    assert published[0][1].cursor.epoch == end.epoch


async def _next_frame(channels: PubSub) -> tuple[str, LoggedFrame]:
    """Return the next message of the log's kind, and its channel."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message = await channels.get_message(ignore_subscribe_messages=True, timeout=PATIENCE_S)
            if message is not None:
                frame = read_published(message["data"])
                assert isinstance(frame, LoggedFrame)
                return message["channel"].decode(), frame
