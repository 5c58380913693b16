"""A subscriber that only writes down."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class RecordingSubscriber:
    """Implements :class:`websocket_service.live.ports.Subscriber` by writing down."""

    confirmations: list[str] = field(default_factory=list)
    messages: list[tuple[str, bytes]] = field(default_factory=list)

    def on_subscribed(self, channel: str) -> None:
        """Write the channel down."""
        self.confirmations.append(channel)

    def on_message(self, channel: str, payload: bytes) -> None:
        """Write the message down."""
        self.messages.append((channel, payload))

    def has(self, channel: str, payload: bytes) -> bool:
        """Tell whether the message is written down."""
        return (channel, payload) in self.messages
