"""The names of the channels the feed listens to."""

from dataclasses import dataclass

from common.identity.principal import UserId


@dataclass(frozen=True, slots=True)
class ChannelNames:
    """``<prefix>:<user>``, as every service of the platform publishes (contract: Redis and the socket)."""

    prefix: str = "ws"

    def of(self, user_id: UserId) -> str:
        """Return the user's channel."""
        return f"{self.prefix}:{user_id}"

    def user_of(self, channel: str) -> UserId | None:
        """Return whose channel it is; None for one that is no user's."""
        own = f"{self.prefix}:"
        return UserId(channel.removeprefix(own)) if channel.startswith(own) else None
