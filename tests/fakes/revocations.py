"""Revoked tokens in memory."""

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.identity.revocation import Revocation
from websocket_service import endings


class FakeRevocations:
    """Implements :class:`websocket_service.ports.Revocations`; proven by the contract suite."""

    def __init__(self) -> None:
        self.made: list[Revocation] = []
        self.failure: HuleEduError | None = None

    async def check(self, principal: Principal) -> None:
        """Refuse what a revocation covers."""
        if self.failure is not None:
            raise self.failure
        if any(revocation.covers(principal) for revocation in self.made):
            raise endings.revoked()
