"""Subscriptions on a Redis Cluster whose nodes lose each other: nobody waits for a message that never comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from redis.asyncio import Redis, RedisCluster
from structlog.testing import capture_logs

from common.clock import SystemClock
from common.identity.principal import UserId
from common.notification_log.keys import UserKeys, channel_of
from sandbox.ports import LOOPBACK
from tests.fakes.subscriber import RecordingSubscriber
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.fault_proxy import Fault
from tests.support.servers import unique
from tests.support.valkey_cluster import PRIMARIES, ValkeyCluster
from websocket_service.adapters.redis_subscriptions import RedisSubscriptions
from websocket_service.live.dispatcher import ChannelNames
from websocket_service.metrics import LiveCounters

NEWS = "news:of:no:user"
"""A channel that stays subscribed and belongs to no user, as the revocations' does."""


class QuickSubscriptions(RedisSubscriptions):
    """Real ones, with a pulse every tenth of a second; one that is published late was not lost."""

    pulse_s = 0.1
    publish_within_s = PATIENCE_S


@dataclass(slots=True)
class World:
    """Subscriptions to a user's channel for each primary, and where they go.

    ``channels`` are the users' by the place of the primary that keeps their log, ``here`` is the place of the node that
    is subscribed to.
    """

    primaries: ValkeyCluster
    redis: RedisCluster
    subscriber: RecordingSubscriber
    counters: LiveCounters
    channels: list[str]
    here: int

    @property
    def elsewhere(self) -> tuple[int, int]:
        """The places of the other two."""
        one, other = (place for place in range(PRIMARIES) if place != self.here)
        return one, other

    async def tell(self, place: int, payload: bytes) -> None:
        """Publish to the user whose log is there, there."""
        node = self.redis.get_node(LOOPBACK, self.primaries.servers[place].port)
        await self.redis.execute_command("PUBLISH", self.channels[place], payload, target_nodes=node)

    def was_read_up(self, channel: str, *, after: int = 0, times: int = 1) -> bool:
        """Tell whether the channel was confirmed anew so many times, since there were ``after`` confirmations."""
        return self.subscriber.confirmations[after:].count(channel) >= times

    async def hears(self, place: int) -> bool:
        """Tell whether a message from there arrives."""
        payload = unique("heard").encode()
        await self.tell(place, payload)
        try:
            await eventually(lambda: self.subscriber.has(self.channels[place], payload), within_s=1.0)
        except TimeoutError:
            return False
        return True


def user_at(redis: RedisCluster, port: int) -> UserId:
    """Return a new user whose log the primary with that port keeps."""
    while True:
        user = UserId(unique("u"))
        node = redis.get_node_from_key(UserKeys.of(user).state)
        if node is not None and node.port == port:
            return user


async def place_of(channel: str, primaries: ValkeyCluster) -> int | None:
    """Return the place of the node that is subscribed to the channel."""
    for place, server in enumerate(primaries.servers):
        async with Redis.from_url(server.url, decode_responses=True) as node:
            if channel in await node.pubsub_channels():
                return place
    return None


@asynccontextmanager
async def listening(redis: RedisCluster, primaries: ValkeyCluster) -> AsyncIterator[World]:
    """Subscribe to a user's channel for each primary; every way between the primaries is mended in the end."""
    subscriber, counters = RecordingSubscriber(), LiveCounters()
    subscriptions = QuickSubscriptions(redis, subscriber, [NEWS], SystemClock(), counters, channels=ChannelNames())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(subscriptions.run())
        await eventually(lambda: subscriptions.connected)
        users = [user_at(redis, server.port) for server in primaries.servers]
        channels = [channel_of(user, prefix="ws") for user in users]
        await asyncio.gather(*(asyncio.shield(subscriptions.subscribe(channel)) for channel in channels))
        here = await place_of(channels[0], primaries)
        assert here is not None
        world = World(primaries, redis, subscriber, counters, channels, here)
        try:
            yield world
        finally:
            for one in range(PRIMARIES):
                for other in range(one):
                    primaries.cut(one, other, Fault.NONE)
            for place in range(PRIMARIES):
                await eventually(partial(world.hears, place))
            running.cancel()


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.SILENT])
async def test_two_primaries_that_lost_each_other(
    cluster: RedisCluster, primaries: ValkeyCluster, fault: Fault
) -> None:
    """While messages of a primary get lost, its users are read up again and again, and once when they come again.

    Those of the other primaries aren't; who wants what belongs to no user, such as revocations, is.
    """
    async with listening(cluster, primaries) as world:
        lost, sound = world.elsewhere
        await world.tell(sound, b"before")
        await eventually(lambda: world.subscriber.has(world.channels[sound], b"before"))
        primaries.cut(world.here, lost, fault)
        await eventually(lambda: world.counters.primaries_cut_off == 1)
        cut_at = len(world.subscriber.confirmations)
        await world.tell(lost, b"unheard")
        await eventually(lambda: world.was_read_up(world.channels[lost], after=cut_at, times=2))
        await eventually(lambda: world.was_read_up(NEWS, after=cut_at))
        was_heard = world.subscriber.has(world.channels[lost], b"unheard")
        while_cut = world.subscriber.confirmations[cut_at:]
        primaries.cut(world.here, lost, Fault.NONE)
        mended_at = len(world.subscriber.confirmations)
        await eventually(lambda: world.counters.primaries_cut_off == 0)
        await eventually(lambda: world.was_read_up(world.channels[lost], after=mended_at))

        assert not was_heard
        assert not {world.channels[sound], world.channels[world.here]} & set(while_cut)
        assert await world.hears(lost)


async def test_a_link_that_was_broken_for_a_moment(cluster: RedisCluster, primaries: ValkeyCluster) -> None:
    """Between two pulses too: what was lost with it is read up."""
    async with listening(cluster, primaries) as world:
        lost, _ = world.elsewhere
        before = len(world.subscriber.confirmations)
        primaries.buses[world.here].reset(peer=primaries.ids[lost])

        await eventually(lambda: world.was_read_up(world.channels[lost], after=before))
        assert world.counters.primaries_cut_off == 0


async def test_a_primary_that_lost_all_others(cluster: RedisCluster, primaries: ValkeyCluster) -> None:
    """It isn't subscribed to any longer: another hears more."""
    with capture_logs() as lines:
        async with listening(cluster, primaries) as world:
            for other in world.elsewhere:
                primaries.cut(world.here, other, Fault.REFUSED)
            away, other = world.elsewhere

            await eventually(lambda: moved(world, other), within_s=3 * PATIENCE_S)
            assert await world.hears(away)
    assert "subscriptions.lost" in [line["event"] for line in lines]


async def moved(world: World, place: int) -> bool:
    """Tell whether another node is subscribed to now, and what happens there is heard."""
    now = await place_of(world.channels[0], world.primaries)
    return now not in {None, world.here} and await world.hears(place)
