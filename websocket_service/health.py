"""The health of the feed and of what it depends on."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from common.identity.keys import KeySource
from common.web.serving.health import DependencyHealth, keys_health
from websocket_service.live.ports import Subscriptions
from websocket_service.metrics import LiveCounters


class RedisProbe(Protocol):
    """Pings Redis."""

    async def answers(self) -> bool:
        """Tell whether Redis answered in time; never raises."""
        ...


class Consuming(Protocol):
    """The consumer of notifications."""

    @property
    def consuming(self) -> bool:
        """Whether notifications are consumed."""
        ...


class FeedHealth:
    """Implements :class:`common.web.serving.health.HealthSource`.

    A replica without Redis is unready, but its connections stay and catch up later. Without Kafka, notifications are
    late. Without any key to verify tokens with, the replica stays ready and asks clients to come back later.
    """

    def __init__(
        self,
        probe: RedisProbe,
        subscriptions: Subscriptions,
        consumer: Consuming,
        keys: KeySource,
        counters: LiveCounters,
    ) -> None:
        self._probe = probe
        self._keys = keys
        self._subscriptions = subscriptions
        self._consumer = consumer
        self._counters = counters

    async def dependencies(self) -> Sequence[DependencyHealth]:
        """Return how Redis and Kafka are doing."""
        sound, facts = await self.redis()
        return (
            keys_health(ready=self._keys.ready),
            DependencyHealth("redis", sound, required=True, facts=facts),
            DependencyHealth("kafka", self._consumer.consuming),
        )

    def unready_reasons(self) -> Sequence[str]:
        """Return ``redis_unavailable`` while nothing is heard of the channels."""
        return [] if self._subscriptions.connected else ["redis_unavailable"]

    def verbose(self) -> Mapping[str, JsonValue]:
        """Return the figures of :meth:`connections`."""
        return self.connections()[1]

    async def redis(self) -> tuple[bool, dict[str, JsonValue]]:
        """Return whether Redis serves the feed, and what is known of it."""
        answers, subscribed = await self._probe.answers(), self._subscriptions.connected
        return answers and subscribed, {"answers": answers, "subscribed": subscribed}

    def connections(self) -> tuple[bool, dict[str, JsonValue]]:
        """Return whether new connections can be served, and how many there are by transport."""
        sockets: dict[str, JsonValue] = dict(self._counters.sockets)
        return self._subscriptions.connected and self._keys.ready, {
            "connections": sockets,
            "total": self._counters.sockets.total(),
        }
