"""The names of the channels the feed listens to."""

from dataclasses import dataclass

from common.identity.principal import UserId
from common.notification_log.keys import channel_of

PROBES_CHANNEL = "feed:probes"
"""Where a replica publishes the id of a user to have the user's connections asked for a sign of life."""


def read_probe(payload: bytes) -> UserId | None:
    """Return the user a message of :data:`PROBES_CHANNEL` names, None for one that isn't text."""
    try:
        return UserId(payload.decode(errors="surrogatepass"))
    except UnicodeDecodeError:
        return None


def encode_probe(user_id: UserId) -> bytes:
    """Return the message that names the user."""
    return user_id.encode(errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class ChannelNames:
    """Users' channels, from user to name and back."""

    prefix: str = "ws"

    def of(self, user_id: UserId) -> str:
        """Return the user's channel."""
        return channel_of(user_id, prefix=self.prefix)

    def user_of(self, channel: str) -> UserId | None:
        """Return whose channel it is; None for one that is no user's."""
        own = channel_of(UserId(""), prefix=self.prefix)
        return UserId(channel.removeprefix(own)) if channel.startswith(own) else None
