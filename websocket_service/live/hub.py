"""The sessions of this process, by user."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from common.identity.principal import UserId

MemberT = TypeVar("MemberT")


class Hub(Generic[MemberT]):
    """Keeps members by user.

    All methods are synchronous, so a cancelled handler cannot leave a join or leave half done. Members are held in
    tuples: small, and a delivery that goes on while a member leaves sees the members it started with.
    """

    def __init__(self) -> None:
        self._members: dict[UserId, tuple[MemberT, ...]] = {}
        self._size = 0

    def join(self, user_id: UserId, member: MemberT) -> bool:
        """Add ``member``; True when it is the user's first here, so that the user's channel is to be subscribed."""
        present = self._members.get(user_id, ())
        self._members[user_id] = (*present, member)
        self._size += 1
        return not present

    def leave(self, user_id: UserId, member: MemberT) -> bool:
        """Remove ``member``; True when it was the user's last here. A member that isn't present changes nothing."""
        present = self._members.get(user_id, ())
        remaining = tuple(other for other in present if other is not member)
        self._size -= len(present) - len(remaining)
        if remaining:
            self._members[user_id] = remaining
            return False
        return self._members.pop(user_id, None) is not None

    def of(self, user_id: UserId) -> tuple[MemberT, ...]:
        """Return the user's members, in the order they came."""
        return self._members.get(user_id, ())

    def __iter__(self) -> Iterator[MemberT]:
        for members in tuple(self._members.values()):
            yield from members

    def __len__(self) -> int:
        return self._size
