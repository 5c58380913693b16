"""Revoked access tokens, in memory."""

import asyncio

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.identity.revocation import Revocation


class FakeTokenRevocations:
    """Implements :class:`api_gateway.ports.TokenRevocations`; proven by the contract suite.

    ``made`` lists what was revoked, in order. Set ``failure`` to have every revocation raise it; close ``gate`` (clear
    it) to have them wait until it is opened, ``begun`` telling that one does.
    """

    def __init__(self) -> None:
        self.made: list[Revocation] = []
        self.failure: HuleEduError | None = None
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def revoke(self, principal: Principal) -> None:
        """Note that the token counts no longer."""
        self.begun.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.made.append(Revocation(principal.user_id, principal.token_id))
