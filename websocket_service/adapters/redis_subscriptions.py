"""All channels of a process over one Redis connection.

redis-py's own PubSub opens one connection a concurrent first ``subscribe``, keeps a single one of them, and reconnects
without a word; so this adapter uses a plain connection. What is wanted in one turn of the event loop is written at its
end, and nothing waits for that: a channel's name is short. What arrives at once is parsed at once: redis-py's
coroutines for one reply after the other cost as much as all else that is done with a message.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any

import hiredis
import structlog
from redis import exceptions as redis_errors
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from common.backoff import spread
from common.clock import Clock
from common.redis_client import REDIS_FAILED, RedisClient
from websocket_service.adapters.redis_pulses import PULSE_S, ClusterPulses, LostConnectionError, Pulses, ServerPulses
from websocket_service.live.dispatcher import ChannelNames
from websocket_service.live.ports import Subscriber
from websocket_service.metrics import LiveCounters

BATCH = 500
"""Channels in one SUBSCRIBE at most."""

SILENT_S = 3.0
"""A message of our own is published every PULSE_S; when nothing was heard for SILENT_S the connection is given up.

A hung server answers nothing and closes nothing, so that only this shows it.
"""

RECONNECT_PAUSE_S = (0.05, 0.5)
"""Between which it waits, at random, before it connects again."""

READ_BYTES = 65_536
"""How much is taken off the connection at once."""

WARN_AGAIN_S = 10.0
"""How long failed attempts aren't logged after the last log line."""

_logger = structlog.get_logger(__name__)


class SubscribedConnection(AbstractConnection):
    """A connection that is open, off which bytes are read."""

    async def read_bytes(self) -> bytes:
        """Return some of what arrived; raises LostConnectionError when the server has closed."""
        reader = self._reader
        data = b"" if reader is None else await reader.read(READ_BYTES)
        if not data:
            raise LostConnectionError
        return data

    def write_command(self, *command: str) -> None:
        """Send a command; it is dropped when the connection is closing, which :meth:`read_bytes` tells."""
        writer = self._writer
        if writer is not None and not writer.is_closing():
            writer.write(b"".join(self.pack_command(*command)))


def _make_connection(plain: type[AbstractConnection], options: Mapping[str, Any]) -> SubscribedConnection:
    """Return an unconnected connection as the pool would make it, but ours."""
    kind: type[SubscribedConnection] = type(plain.__name__, (SubscribedConnection, plain), {})
    return kind(**options)


class RedisSubscriptions:
    """Implements :class:`websocket_service.live.ports.Subscriptions`; :meth:`run` is its background job.

    Args:
        redis: the client whose server is subscribed to, and over which the pulse is published; one without timeouts of
            its own, since redis-py's may swallow a cancellation (:func:`common.redis_client.make_redis`).
        subscriber: gets what comes in.
        always: channels that stay subscribed all the time.
        clock: tells how long the server has been silent.
        counters: counts lost connections.
        channels: tell whose channel it is.
    """

    pulse_s: float = PULSE_S
    """How often a pulse is published; tests have it more often."""

    publish_within_s: float = PULSE_S
    """How long publishing one may take: later it counts as lost, so that tests, whose machines stutter, wait longer."""

    def __init__(
        self,
        redis: RedisClient,
        subscriber: Subscriber,
        always: Collection[str],
        clock: Clock,
        counters: LiveCounters,
        *,
        channels: ChannelNames,
    ) -> None:
        self._redis = redis
        self._subscriber = subscriber
        self._clock = clock
        self._counters = counters
        self._channels = channels
        self._pulse = ""
        self._always = frozenset(always)
        self._confirmations: dict[str, asyncio.Future[None]] = {}
        self._changed: dict[str, None] = {}
        self._connection: SubscribedConnection | None = None
        self._unanswered: dict[str, int] = {}
        self._heard_at = self._warned_at = -math.inf
        self._is_connected = False

    @property
    def connected(self) -> bool:
        """Whether the server was heard lately."""
        return self._clock.monotonic() - self._heard_at <= SILENT_S

    def subscribe(self, channel: str) -> asyncio.Future[None]:
        """Subscribe to ``channel``; see the port."""
        confirmation = self._confirmations.get(channel)
        if confirmation is None:
            confirmation = self._confirmations[channel] = asyncio.get_running_loop().create_future()
            self._note_change(channel)
        return confirmation

    def unsubscribe(self, channel: str) -> None:
        """Unsubscribe from ``channel``."""
        confirmation = self._confirmations.pop(channel, None)
        if confirmation is not None:
            confirmation.cancel()
            self._note_change(channel)

    async def run(self) -> None:
        """Listen for ever, over one connection after another.

        Each has a task of its own: a connection that fails while we are cancelled can so end nothing but itself.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.wait({group.create_task(self._listen_until_lost())})
                await asyncio.sleep(spread(*RECONNECT_PAUSE_S))

    async def _listen_until_lost(self) -> None:
        try:
            await self._listen()
        except* (*REDIS_FAILED, LostConnectionError) as failures:
            self._note_failure(_first(failures))
        self._heard_at = -math.inf
        self._is_connected = False

    def _note_failure(self, cause: str) -> None:
        """Count and log the loss of a connection that stood; log failed attempts now and then."""
        now, channels = self._clock.monotonic(), len(self._confirmations)
        if self._is_connected:
            self._counters.subscription_losses += 1
            _logger.warning("subscriptions.lost", cause=cause, channels=channels)
        elif now >= self._warned_at + WARN_AGAIN_S:
            _logger.warning("subscriptions.not_connected", cause=cause, channels=channels)
        else:
            return
        self._warned_at = now

    async def _listen(self) -> None:
        """Subscribe to every channel that is wanted, and listen until the connection fails."""
        connection, pulses = await self._open()
        try:
            await pulses.begin()
            self._pulse = f"feed:pulse:{token_hex(8)}"  # its own for each connection, whose pulses are numbered
            self._unanswered = {}
            self._changed = dict.fromkeys((self._pulse, *self._always, *self._confirmations))
            self._connection = connection
            self._write_changes()
            self._heard_at = self._clock.monotonic()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(connection, pulses))
                group.create_task(self._beat(pulses))
        finally:
            self._connection = None
            await asyncio.shield(connection.disconnect(nowait=True))

    async def _open(self) -> tuple[SubscribedConnection, Pulses]:
        """Return an open connection of its own to the server, in a cluster to one of its nodes, and its pulses.

        Raises TimeoutError when it doesn't stand within SILENT_S.
        """
        redis = self._redis
        async with asyncio.timeout(SILENT_S):
            pulses: Pulses
            if isinstance(redis, Redis):
                pool = redis.connection_pool
                connection = _make_connection(pool.connection_class, pool.connection_kwargs)
                pulses = ServerPulses(redis)
            else:
                await redis.initialize()
                node = redis.get_random_primary_node()
                connection = _make_connection(node.connection_class, node.connection_kwargs)
                pulses = ClusterPulses(redis, node, self._channels, self._counters)
            # redis-py ships this method without types.
            opened: Callable[[], Awaitable[None]] = connection.connect
            await opened()
        return connection, pulses

    def _write_changes(self) -> None:
        """Tell the server what has changed; a connection that stands later begins with all that is wanted."""
        if self._connection is None:
            return
        changed, self._changed = self._changed, {}
        wanted, unwanted = list[str](), list[str]()
        for channel in changed:
            if self._wants(channel):
                wanted.append(channel)
                self._unanswered[channel] = self._unanswered.get(channel, 0) + 1
            else:
                unwanted.append(channel)
        for some in _batches(wanted):
            self._connection.write_command("SUBSCRIBE", *some)
        for some in _batches(unwanted):
            self._connection.write_command("UNSUBSCRIBE", *some)

    async def _read(self, connection: SubscribedConnection, pulses: Pulses) -> None:
        replies = hiredis.Reader(protocolError=redis_errors.InvalidResponse, replyError=redis_errors.ResponseError)
        clock, pulse = self._clock, self._pulse.encode()
        while True:
            replies.feed(await connection.read_bytes())
            self._heard_at = clock.monotonic()
            while (reply := replies.gets()) is not False:
                match reply:
                    case [b"message", bytes(channel), bytes(payload)]:
                        if channel == pulse:
                            pulses.hear(payload)
                        else:
                            self._subscriber.on_message(channel.decode(errors="surrogatepass"), payload)
                    case [b"subscribe", bytes(channel), _]:
                        self._confirm(channel.decode(errors="surrogatepass"))
                    case Exception():
                        raise reply
                    case _:
                        pass  # an unsubscription confirmed

    async def _beat(self, pulses: Pulses) -> None:
        while self._clock.monotonic() - self._heard_at <= SILENT_S:
            await pulses.send(self._pulse, within_s=self.publish_within_s)
            for channel in pulses.missed((*self._always, *self._confirmations)):
                self._subscriber.on_subscribed(channel)
            await asyncio.sleep(self.pulse_s)
        raise LostConnectionError

    def _confirm(self, channel: str) -> None:
        """Note the server's confirmation, unless a later change of mind is still under way."""
        left = self._unanswered.pop(channel, 1) - 1
        if left:
            self._unanswered[channel] = left
        if left or channel in self._changed:
            return
        confirmation = self._confirmations.get(channel)
        if confirmation is not None and not confirmation.done():
            confirmation.set_result(None)
        if channel != self._pulse:
            self._subscriber.on_subscribed(channel)
            return
        self._is_connected = True
        _logger.info("subscriptions.connected", channels=len(self._confirmations))

    def _wants(self, channel: str) -> bool:
        return channel == self._pulse or channel in self._always or channel in self._confirmations

    def _note_change(self, channel: str) -> None:
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._write_changes)
        self._changed[channel] = None


def _batches(channels: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(channels), BATCH):
        yield channels[start : start + BATCH]


def _first(failures: BaseExceptionGroup[BaseException]) -> str:
    leaf: BaseException = failures
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    return type(leaf).__name__
