"""Owners of batches, in memory."""

from api_gateway.ports import NoOwner
from common.identity.principal import UserId


class InMemoryBatchOwners:
    """Implements :class:`api_gateway.ports.BatchOwners`; proven by the contract suite, and forgets nothing.

    Set ``away`` to have it behave as a store that can't be asked.
    """

    def __init__(self) -> None:
        self.owners: dict[str, UserId] = {}
        self.away = False

    async def remember(self, batch_id: str, owner: UserId) -> None:
        """Keep the batch's first owner."""
        if not self.away:
            self.owners.setdefault(batch_id, owner)

    async def owner_of(self, batch_id: str) -> UserId | NoOwner:
        """Return the batch's owner."""
        return NoOwner.UNKNOWN if self.away else self.owners.get(batch_id, NoOwner.UNREGISTERED)
