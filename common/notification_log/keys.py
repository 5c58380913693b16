"""The Redis names that belong to one user."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote
from uuid import UUID

from common.identity.principal import UserId


@dataclass(frozen=True, slots=True)
class UserKeys:
    """A user's own keys, which share one hash tag, and the channel the platform knows.

    The tag is percent-encoded, so that no brace of a user id can end it early: a script finds all its keys in one
    slot of a Redis Cluster. The channel stays as the platform has it; plain pub/sub has no slot.
    """

    state: str
    stream: str
    channel: bytes
    _event_stem: str

    @classmethod
    def of(cls, user_id: UserId, *, channel_prefix: str) -> Self:
        """Return the names for ``user_id``; an empty one raises ValueError, for it would have no hash tag."""
        if not user_id:
            empty = "a user id is never empty"
            raise ValueError(empty)
        stem = f"feed:{{{quote(user_id, safe='', errors='surrogatepass')}}}"
        channel = f"{channel_prefix}:{user_id}".encode("utf-8", "surrogatepass")
        return cls(f"{stem}:state", f"{stem}:stream", channel, f"{stem}:event:")

    def event(self, event_id: UUID) -> str:
        """Return the key that remembers that ``event_id`` was logged."""
        return f"{self._event_stem}{event_id.hex}"
