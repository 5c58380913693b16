"""What every Subscriptions promises: those in memory and those over one Redis connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis, RedisCluster
from structlog.testing import capture_logs

from common.clock import SystemClock
from common.redis_client import make_redis
from sandbox.ports import LOOPBACK
from sandbox.redis_server import RedisServer
from tests.fakes.clock import FakeClock
from tests.fakes.subscriber import RecordingSubscriber
from tests.fakes.subscriptions import FakeSubscriptions
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.real_ingest import redis_settings
from tests.support.servers import stop_at_end, unique
from websocket_service.adapters.redis_subscriptions import RedisSubscriptions
from websocket_service.live.dispatcher import ChannelNames
from websocket_service.live.ports import Subscriptions
from websocket_service.metrics import LiveCounters


@dataclass(slots=True)
class World:
    """Subscriptions, what they heard, and the way to publish."""

    subscriptions: Subscriptions
    subscriber: RecordingSubscriber
    publish: Callable[[str, bytes], Awaitable[None]]


@asynccontextmanager
async def in_memory() -> AsyncIterator[World]:
    """Yield the fake."""
    subscriber = RecordingSubscriber()
    fake = FakeSubscriptions(subscriber)

    async def publish(channel: str, payload: bytes) -> None:
        fake.publish(channel, payload)

    yield World(fake, subscriber, publish)


@asynccontextmanager
async def over(redis: Redis | RedisCluster) -> AsyncIterator[World]:
    """Yield the real one, running."""
    subscriber = RecordingSubscriber()
    subscriptions = RedisSubscriptions(redis, subscriber, [], SystemClock(), LiveCounters(), channels=ChannelNames())

    async def publish(channel: str, payload: bytes) -> None:
        await redis.execute_command("PUBLISH", channel, payload)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(subscriptions.run())
        await eventually(lambda: subscriptions.connected)
        yield World(subscriptions, subscriber, publish)
        running.cancel()


@pytest_asyncio.fixture(params=["memory", "standalone", "cluster"])
async def world(request: pytest.FixtureRequest, standalone: Redis, cluster: RedisCluster) -> AsyncIterator[World]:
    """Each implementation in turn."""
    match request.param:
        case "memory":
            made = in_memory()
        case "standalone":
            made = over(standalone)
        case _:
            made = over(cluster)
    async with made as ready:
        yield ready


async def test_confirmed_then_heard(world: World) -> None:
    """Once confirmed, everything published is heard, in order, names with any characters included."""
    channel = unique("ws:åsa {1}")
    await world.subscriptions.subscribe(channel)
    for number in range(50):
        await world.publish(channel, b"%d" % number)

    await eventually(lambda: len(world.subscriber.messages) == 50)
    assert world.subscriber.messages == [(channel, b"%d" % number) for number in range(50)]
    assert channel in world.subscriber.confirmations


async def test_many_at_once(world: World) -> None:
    """Of hundreds of channels wanted at once none is lost."""
    channels = [unique(f"ws:many-{n}") for n in range(1200)]

    await asyncio.gather(*(asyncio.shield(world.subscriptions.subscribe(channel)) for channel in channels))
    for channel in channels:
        await world.publish(channel, b"x")

    await eventually(lambda: len(world.subscriber.messages) == len(channels))
    assert {channel for channel, _ in world.subscriber.messages} == set(channels)


async def test_wanted_no_longer(world: World) -> None:
    """A channel that is let go is heard no more, and can be wanted again."""
    channel, mark = unique("ws:{u}"), unique("ws:{u}:mark")  # one node of a cluster publishes both, in order
    await world.subscriptions.subscribe(mark)
    await world.subscriptions.subscribe(channel)
    world.subscriptions.unsubscribe(channel)
    world.subscriptions.unsubscribe(unique("ws:never"))
    await world.subscriptions.subscribe(unique("ws:after"))
    await world.publish(channel, b"unheard")
    await world.publish(mark, b"gone by")
    await eventually(lambda: (mark, b"gone by") in world.subscriber.messages)
    await world.subscriptions.subscribe(channel)
    await world.publish(channel, b"heard")
    await world.publish(mark, b"end")

    await eventually(lambda: {(channel, b"heard"), (mark, b"end")} <= set(world.subscriber.messages))
    assert (channel, b"unheard") not in world.subscriber.messages


async def test_second_thoughts(world: World) -> None:
    """However often a channel is wanted and let go, a confirmation means that it is heard from then on."""
    channel = unique("ws:u")
    numbers = count()
    for turn in range(200):
        confirmation = world.subscriptions.subscribe(channel)
        if turn % 3:
            await asyncio.sleep(0)
            world.subscriptions.unsubscribe(channel)
            continue
        await confirmation
        payload = b"%d" % next(numbers)
        await world.publish(channel, payload)
        await eventually(partial(world.subscriber.has, channel, payload))
        world.subscriptions.unsubscribe(channel)


async def test_attempts_are_no_losses(tmp_path: Path) -> None:
    """Attempts that fail are told of once; a connection is told of when it stands, and only its end is a loss."""
    attempts: list[asyncio.StreamWriter] = []

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        attempts.append(writer)
        writer.close()

    counters = LiveCounters()
    redis = RedisServer(tmp_path)
    no_redis = await asyncio.start_server(hang_up, LOOPBACK, redis.port)
    with capture_logs() as lines:
        async with (
            stop_at_end(redis),
            aclosing(make_redis(redis.url, redis_settings())) as client,
            asyncio.TaskGroup() as group,
        ):
            subscriptions = RedisSubscriptions(
                client, RecordingSubscriber(), [], FakeClock(), counters, channels=ChannelNames()
            )
            running = group.create_task(subscriptions.run())
            await eventually(lambda: len(attempts) > 3)
            no_redis.close()
            attempted = counters.subscription_losses
            await redis.start()
            await eventually(lambda: "subscriptions.connected" in [line["event"] for line in lines])
            await redis.kill()
            await eventually(lambda: counters.subscription_losses > 0)
            running.cancel()

    assert (attempted, counters.subscription_losses) == (0, 1)
    assert [line["event"] for line in lines if line["event"].startswith("subscriptions.")] == [
        "subscriptions.not_connected",
        "subscriptions.connected",
        "subscriptions.lost",
    ]


async def test_kicked(standalone: Redis) -> None:
    """A connection the server cuts is replaced, and every channel confirmed anew: what was missed is read."""
    channels = [unique(f"ws:kicked-{n}") for n in range(700)]
    async with over(standalone) as world:
        await asyncio.gather(*(asyncio.shield(world.subscriptions.subscribe(channel)) for channel in channels))
        world.subscriber.confirmations.clear()
        await standalone.client_kill_filter(_type="pubsub")
        await eventually(lambda: set(channels) <= set(world.subscriber.confirmations))
        await world.publish(channels[-1], b"after")

        await eventually(lambda: (channels[-1], b"after") in world.subscriber.messages)


async def test_cancelled_at_any_moment(standalone: Redis) -> None:
    """It ends whatever it is just doing: no cancellation is lost within redis-py."""
    for turns in range(0, 1500, 5):
        subscriptions = RedisSubscriptions(
            standalone, RecordingSubscriber(), [], SystemClock(), LiveCounters(), channels=ChannelNames()
        )
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            running = group.create_task(subscriptions.run())
            subscriptions.subscribe(unique("ws:u"))
            for _ in range(turns):
                await asyncio.sleep(0)
            running.cancel()
