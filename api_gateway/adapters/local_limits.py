"""Rate limits of this process alone: what decides while Redis can't."""

from api_gateway.ports import Admission, Caller
from api_gateway.rate_limits import RatePolicy, spend
from common.clock import Clock
from common.lru import LruMemory

MAX_BUDGETS = 20_000
"""Budgets kept at once; the longest unused is forgotten first, which only ever favours its caller."""


class LocalLimits:
    """Counts in memory; knows nothing of revocations, so no token is revoked here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full_at = LruMemory[tuple[str, str], float](MAX_BUDGETS)

    async def admit(self, caller: Caller, policy: RatePolicy) -> Admission:
        """Spend one request of the caller's budget in this process."""
        key = (policy.rate_class, caller.budget)
        full_at, decision = spend(self._full_at.get(key), self._clock.monotonic(), policy)
        self._full_at.put(key, full_at)
        return Admission(revoked=False, rate=decision)
