"""Rate limits of this process alone: what decides while Redis can't.

The algorithm is GCRA (the generic cell rate algorithm): a budget of ``quota`` requests that refills evenly over its
window, kept as one moment a caller. It is written here once, and once in ``scripts/admit.lua``; one suite of tests
holds both to the same answers.
"""

from math import floor

from api_gateway.ports import Caller, LimitDecision, RateDecision, RatePolicy
from common.clock import Clock
from common.lru import LruMemory

MAX_BUDGETS = 20_000
"""Budgets kept at once; the longest unused is forgotten first, which only ever favours its caller."""

ROUNDING_S = 1e-6
"""A refill computed in floating point may miss its moment by less than this."""


class LocalLimits:
    """Counts in memory; knows nothing of revocations, so no token is revoked here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full_at = LruMemory[tuple[str, str], float](MAX_BUDGETS)

    async def admit(self, caller: Caller, policy: RatePolicy) -> LimitDecision:
        """Spend one request of the caller's budget in this process."""
        key = (policy.rate_class, caller.budget)
        full_at, decision = spend(self._full_at.get(key), self._clock.monotonic(), policy)
        self._full_at.put(key, full_at)
        return LimitDecision(revoked=False, rate=decision)


def spend(full_at: float | None, now: float, policy: RatePolicy) -> tuple[float, RateDecision]:
    """Take one request from a budget that is full again at ``full_at`` (None: full), and say when it then will be.

    Args:
        full_at: the moment kept for the caller, in seconds on the same clock as ``now``.
        now: the present.
        policy: the budget.
    """
    base = max(now, now if full_at is None else full_at)
    spent = base + policy.interval_s
    over_by = spent - now - policy.interval_s * policy.quota
    if over_by > ROUNDING_S:
        return base, RateDecision(allowed=False, remaining=0, reset_s=base - now, retry_after_s=over_by)
    remaining = floor((policy.interval_s * policy.quota - (spent - now)) / policy.interval_s + ROUNDING_S)
    return spent, RateDecision(allowed=True, remaining=remaining, reset_s=spent - now)
