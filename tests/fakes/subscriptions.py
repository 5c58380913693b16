"""Channels in memory."""

import asyncio
from collections.abc import Collection

from websocket_service.live.ports import Subscriber


class FakeSubscriptions:
    """Implements :class:`websocket_service.live.ports.Subscriptions`; proven by the contract suite.

    Confirms at once, unless ``silent``; :meth:`publish` is what services do, ``connected = False`` cuts the connection.
    ``always`` are channels it is subscribed to unasked.
    """

    def __init__(self, subscriber: Subscriber, always: Collection[str] = ()) -> None:
        self.connected = True
        self.silent = False
        self._subscriber = subscriber
        self._always = frozenset(always)
        self._confirmations: dict[str, asyncio.Future[None]] = {}

    @property
    def channels(self) -> frozenset[str]:
        """What is subscribed to."""
        return frozenset(self._confirmations)

    def subscribe(self, channel: str) -> asyncio.Future[None]:
        """Subscribe to ``channel``."""
        if channel not in self._confirmations:
            self._confirmations[channel] = asyncio.get_running_loop().create_future()
            if not self.silent:
                self._confirmations[channel].set_result(None)
                self._subscriber.on_subscribed(channel)
        return self._confirmations[channel]

    def unsubscribe(self, channel: str) -> None:
        """Unsubscribe from ``channel``."""
        confirmation = self._confirmations.pop(channel, None)
        if confirmation is not None:
            confirmation.cancel()

    def publish(self, channel: str, payload: bytes) -> None:
        """Publish to the subscriber."""
        if (channel in self._always or channel in self._confirmations) and self.connected:
            self._subscriber.on_message(channel, payload)

    def reconnect(self) -> None:
        """Come back after what was published meanwhile was missed."""
        self.connected = True
        for channel in (*self._always, *self._confirmations):
            self._subscriber.on_subscribed(channel)
