"""Messages of our own that show whether what is published arrives over the connection that is subscribed.

One server sends what is published there, or it doesn't answer at all. The nodes of a Cluster pass on what was published
over a bus that keeps nothing, so that a connection to one node may miss the messages of another and seem well.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.exceptions import SlotNotCoveredError

from common.notification_log.keys import UserKeys
from common.redis_client import REDIS_FAILED
from websocket_service.live.dispatcher import ChannelNames
from websocket_service.metrics import LiveCounters

PULSE_S = 1.0
"""How often a pulse is published, and how long publishing one may take."""

UNHEARD_AFTER = 3
"""Pulses that a primary took and that didn't arrive, after which it counts as cut off."""

READ_UP_ROUNDS = 5
"""Rounds of pulses over which everyone is read up once whose messages are lost, to spread the reads."""

_logger = structlog.get_logger(__name__)


class LostConnectionError(Exception):
    """Nothing comes through the connection any more, whether it stands or not."""


class Pulses(Protocol):
    """The pulses of one connection."""

    async def begin(self) -> None:
        """Note how things stand, before anything is subscribed to."""
        ...

    async def send(self, channel: str, *, within_s: float) -> None:
        """Publish a round of pulses on ``channel``; what fails shows by its absence.

        Raises LostConnectionError when another node would serve better.
        """
        ...

    def hear(self, payload: bytes) -> None:
        """Note a pulse that arrived."""
        ...

    def missed(self, channels: Iterable[str]) -> Sequence[str]:
        """Return those of ``channels`` on which messages may have been lost since the last round."""
        ...


class ServerPulses:
    """The pulses of one server, or of the master of a Sentinel: on the way to itself it loses no message."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def begin(self) -> None:
        """See :class:`Pulses`."""

    async def send(self, channel: str, *, within_s: float) -> None:
        """See :class:`Pulses`."""
        with suppress(*REDIS_FAILED):
            async with asyncio.timeout(within_s):
                await self._redis.publish(channel, b"")

    def hear(self, payload: bytes) -> None:
        """See :class:`Pulses`."""

    def missed(self, channels: Iterable[str]) -> Sequence[str]:
        """See :class:`Pulses`."""
        del channels
        return ()


@dataclass(slots=True)
class PrimaryPulses:
    """The pulses of one primary: the numbers of the last one sent and heard, and how many it took since it was heard.

    ``missed`` says that messages were lost, before it was heard again.
    """

    sent: int = 0
    heard: int = 0
    unheard: int = 0
    missed: bool = False

    @property
    def is_cut_off(self) -> bool:
        """Whether its messages don't arrive."""
        return self.unheard >= UNHEARD_AFTER

    def hear(self, number: int) -> None:
        """Note that the pulse arrived."""
        self.missed = self.missed or self.is_cut_off or number != self.heard + 1
        self.heard = number
        self.unheard = 0


Links = frozenset[tuple[bytes, int]]


@dataclass(slots=True)
class ClusterLosses:
    """Which messages of a Cluster were lost, by what was sent and heard of each primary; no I/O.

    A primary whose pulses don't arrive is cut off: until they do, the users whose log it keeps are read up, a part of
    them each round. A link of the bus that broke and was made again between two pulses shows by its age. Redis before
    7 doesn't tell that, so that the numbers alone count there.
    """

    primaries: dict[str, PrimaryPulses] = field(default_factory=dict)
    links: Links | None = None
    cut_off: frozenset[str] = frozenset()
    _once: frozenset[str] = frozenset()
    _round: int = 0

    def begin_round(self, names: Sequence[str]) -> None:
        """Note which primaries there are now."""
        self.primaries = {name: self.primaries.get(name, PrimaryPulses()) for name in names}

    def end_round(self, links: Links | None) -> None:
        """Conclude from what was heard, and from the links where they are known."""
        self._round += 1
        self.cut_off = frozenset(name for name, primary in self.primaries.items() if primary.is_cut_off)
        self._once = frozenset(name for name, primary in self.primaries.items() if primary.missed)
        for primary in self.primaries.values():
            primary.missed = False
        if links is not None and links != self.links:
            self.links, self._once = links, frozenset(self.primaries)

    @property
    def any(self) -> bool:
        """Whether anything was lost."""
        return bool(self._once or self.cut_off)

    @property
    def is_outcast(self) -> bool:
        """Whether most primaries are cut off from the node that is subscribed to."""
        return 2 * len(self.cut_off) > len(self.primaries)

    def concerns(self, primary: str | None, slot: int) -> bool:
        """Tell whether to read up now what ``primary`` publishes about ``slot``; None is any of them."""
        if self._once if primary is None else primary in self._once:
            return True
        is_its_turn = slot % READ_UP_ROUNDS == self._round % READ_UP_ROUNDS
        return is_its_turn and bool(self.cut_off if primary is None else primary in self.cut_off)


class ClusterPulses:
    """One numbered pulse a primary and round, and a look at the links over which they come to ``node``.

    Args:
        redis: the Cluster.
        node: the one that is subscribed to.
        channels: tell whose channel it is, and so which primary publishes on it.
        counters: the gauge of primaries that are cut off.
    """

    def __init__(self, redis: RedisCluster, node: ClusterNode, channels: ChannelNames, counters: LiveCounters) -> None:
        self._redis = redis
        self._node = node
        self._channels = channels
        self._counters = counters
        self._losses = ClusterLosses()

    async def begin(self) -> None:
        """See :class:`Pulses`."""
        self._counters.primaries_cut_off = 0
        self._losses.links = await self._read_links(within_s=PULSE_S)

    async def send(self, channel: str, *, within_s: float) -> None:
        """See :class:`Pulses`."""
        losses, nodes = self._losses, self._redis.get_primaries()
        losses.begin_round([node.name for node in nodes])
        async with asyncio.TaskGroup() as group:
            links = group.create_task(self._read_links(within_s=within_s))
            for node in nodes:
                group.create_task(self._send_to(node, channel, within_s=within_s))
        before = losses.cut_off
        losses.end_round(links.result())
        for name in losses.cut_off - before:
            _logger.warning("subscriptions.primary_cut_off", primary=name, node=self._node.name)
        for name in before - losses.cut_off:
            _logger.info("subscriptions.primary_heard", primary=name, node=self._node.name)
        self._counters.primaries_cut_off = len(losses.cut_off)
        if losses.is_outcast:
            raise LostConnectionError

    def hear(self, payload: bytes) -> None:
        """See :class:`Pulses`."""
        number, _, name = payload.partition(b" ")
        primary = self._losses.primaries.get(name.decode())
        if primary is not None:
            primary.hear(int(number))

    def missed(self, channels: Iterable[str]) -> Sequence[str]:
        """See :class:`Pulses`."""
        return [channel for channel in channels if self._is_concerned(channel)] if self._losses.any else ()

    def _is_concerned(self, channel: str) -> bool:
        user_id = self._channels.user_of(channel)
        if user_id is None:  # published at whichever node
            return self._losses.concerns(None, 0)
        key = UserKeys.of(user_id).state
        primary: str | None = None
        with suppress(SlotNotCoveredError):
            node = self._redis.get_node_from_key(key)
            primary = None if node is None else node.name
        return self._losses.concerns(primary, self._redis.keyslot(key))

    async def _send_to(self, node: ClusterNode, channel: str, *, within_s: float) -> None:
        primary = self._losses.primaries[node.name]
        primary.sent += 1
        with suppress(*REDIS_FAILED):
            async with asyncio.timeout(within_s):
                await self._redis.execute_command("PUBLISH", channel, f"{primary.sent} {node.name}", target_nodes=node)
            primary.unheard += 1

    async def _read_links(self, *, within_s: float) -> Links | None:
        """Return the links over which the node gets messages, each with the time it was made; None when unknown."""
        with suppress(*REDIS_FAILED):
            async with asyncio.timeout(within_s):
                told = await self._redis.execute_command("CLUSTER LINKS", target_nodes=self._node)
            links = [dict(zip(flat[::2], flat[1::2], strict=True)) for flat in told]
            return frozenset((link[b"node"], link[b"create-time"]) for link in links if link[b"direction"] == b"from")
        return None
