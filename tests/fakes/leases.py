"""Users' places in memory."""

from collections import defaultdict

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, UserId
from tests.fakes.revocations import FakeRevocations


class FakeLeases:
    """Implements :class:`websocket_service.ports.Leases`; proven by the contract suite. Set ``failure`` to raise it."""

    def __init__(self, revocations: FakeRevocations, *, places: int = 5) -> None:
        self.held: dict[UserId, set[str]] = defaultdict(set)
        self.failure: HuleEduError | None = None
        self._places = places
        self._revocations = revocations

    async def acquire(self, principal: Principal, lease: str) -> bool:
        """Take a place."""
        if self.failure is not None:
            raise self.failure
        await self._revocations.check(principal)
        if len(self.held[principal.user_id]) >= self._places:
            return False
        self.held[principal.user_id].add(lease)
        return True

    def release(self, user_id: UserId, lease: str) -> None:
        """Give it back."""
        self.held[user_id].discard(lease)
