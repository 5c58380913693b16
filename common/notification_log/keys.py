"""The Redis names that belong to one user."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import quote
from uuid import UUID

from common.identity.principal import UserId


def channel_of(user_id: UserId, *, prefix: str) -> str:
    """Return the user's channel, ``<prefix>:<user>`` as every service of the platform publishes to it.

    It is never encoded (contract: Redis and the socket); plain pub/sub has no slot.
    """
    return f"{prefix}:{user_id}"


MOST_USERS = 4096
"""How many users' key stems are cached: a connecting user, and each renewal of leases, asks for the same one again."""


@lru_cache(maxsize=MOST_USERS)
def _stem_of(user_id: UserId) -> str:
    if not user_id:
        empty = "a user id is never empty"
        raise ValueError(empty)
    return f"feed:{{{quote(user_id, safe='', errors='surrogatepass')}}}"


@dataclass(frozen=True, slots=True)
class UserKeys:
    """A user's own keys, which share one hash tag.

    The tag is percent-encoded, so that no brace of a user id can end it early: a script finds all its keys in one
    slot of a Redis Cluster.
    """

    state: str
    stream: str
    _stem: str

    @classmethod
    def of(cls, user_id: UserId) -> Self:
        """Return the names for ``user_id``; an empty one raises ValueError, for it would have no hash tag."""
        stem = _stem_of(user_id)
        return cls(f"{stem}:state", f"{stem}:stream", stem)

    @property
    def leases(self) -> str:
        """The key that counts the user's connections."""
        return f"{self._stem}:leases"

    def event(self, event_id: UUID) -> str:
        """Return the key that remembers that ``event_id`` was logged."""
        return f"{self._stem}:event:{event_id.hex}"

    def fingerprint(self, fingerprint: str) -> str:
        """Return the key that remembers that what has this fingerprint was logged."""
        return f"{self._stem}:told:{fingerprint}"
