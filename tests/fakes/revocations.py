"""Revoked tokens in memory."""

from collections.abc import Sequence

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.identity.revocation import Revocation
from websocket_service.live import close_errors


class FakeRevocations:
    """Implements :class:`websocket_service.live.ports.Revocations`; proven by the contract suite."""

    def __init__(self) -> None:
        self.made: list[Revocation] = []
        self.failure: HuleEduError | None = None

    async def check(self, principal: Principal) -> None:
        """Refuse what a revocation covers."""
        if any(await self.are_revoked([principal])):
            raise close_errors.revoked_token()

    async def are_revoked(self, principals: Sequence[Principal]) -> Sequence[bool]:
        """Tell what a revocation covers."""
        if self.failure is not None:
            raise self.failure
        return [any(revocation.covers(principal) for revocation in self.made) for principal in principals]
