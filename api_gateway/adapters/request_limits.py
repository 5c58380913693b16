"""Rate limits: shared by all replicas through Redis, and of this process alone while Redis is away.

The algorithm is GCRA (the generic cell rate algorithm): a budget of ``quota`` requests that refills evenly over its
window, kept as one moment a caller. It is written here once, in :func:`spend`, and once in ``scripts/admit.lua``; one
suite of tests holds both to the same answers.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from math import floor
from typing import cast

from redis.asyncio import RedisCluster

from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.ports import Caller, LimitDecision, RateDecision, RatePolicy, RequestLimits
from common.clock import Clock
from common.identity.principal import Principal
from common.identity.revocation import is_revoked, revocation_keys, unreadable_moment
from common.lru import LruMemory
from common.redis_client import REDIS_FAILED, RedisClient
from common.redis_script import RedisScript
from common.redis_shared_connection import SharedConnection

DECIDE_WITHIN_S = 0.05
"""Redis's time for an answer; past it the fallback decides (docs/gateway.md, row 14)."""

REST_S = 1.0
"""How long Redis isn't asked after ``TOLERATED_FAILURES`` in a row, so that its hanging costs few requests 50 ms."""

TOLERATED_FAILURES = 3
_MICROSECONDS = 1e6
_ISSUED_BEFORE_ANY_MOMENT = -1
"""Stands for the time of issue, in admit.lua's arguments, of a token without one."""

_BY_UNREADABLE_MOMENT = 2
"""What admit.lua says of a token when nobody can tell whether it still counts."""


class RedisLimits:
    """Asks Redis, and ``fallback`` when Redis doesn't answer in time.

    Args:
        redis: a client of its own, without timeouts: each call is bounded as a whole, by the connection that all share
            where there is one server, else here.
        fallback: decides while Redis is away.
        revoked: where it keeps the tokens that Redis says are revoked, for the fallback.
        clock: measures how long Redis is left alone.
        degraded: called once for each request the fallback decided.
        decide_within_s: Redis's time for an answer.
    """

    def __init__(
        self,
        redis: RedisClient,
        *,
        fallback: RequestLimits,
        revoked: RevokedTokens,
        clock: Clock,
        degraded: Callable[[], None],
        decide_within_s: float = DECIDE_WITHIN_S,
    ) -> None:
        self._decide_within_s = decide_within_s
        self._redis = redis
        self._one_server = not isinstance(redis, RedisCluster)
        script = files("api_gateway.adapters") / "scripts" / "admit.lua"
        shared = None if isinstance(redis, RedisCluster) else SharedConnection(redis, answer_within_s=decide_within_s)
        self._script = RedisScript(redis, script.read_text(encoding="utf-8"), runner=shared)
        self._fallback = fallback
        self._revoked = revoked
        self._clock = clock
        self._degraded = degraded
        self._failures = 0
        self._ask_again_at = 0.0

    async def admit(self, caller: Caller, policy: RatePolicy) -> LimitDecision:
        """Return whether the request may pass; never raises for Redis's sake."""
        if self._failures < TOLERATED_FAILURES or self._clock.monotonic() >= self._ask_again_at:
            try:
                decision = await self._ask(caller, policy)
            except REDIS_FAILED:
                self._failures += 1
                self._ask_again_at = self._clock.monotonic() + REST_S
            else:
                self._failures = 0
                if decision.revoked and caller.principal is not None:
                    self._revoked.add(caller.principal.token_id)
                return decision
        self._degraded()
        return await self._fallback.admit(caller, policy)

    async def _ask(self, caller: Caller, policy: RatePolicy) -> LimitDecision:
        principal = caller.principal
        budget = f"edge:rate:{policy.rate_class}:{caller.budget}"
        judging = [] if principal is None else revocation_keys(principal)
        arguments = _arguments(principal, policy)
        if self._one_server:
            return _decision(await self._script.run(keys=[budget, *judging], args=arguments), principal)
        async with asyncio.timeout(self._decide_within_s):
            # A cluster keeps the three keys on different servers: they are asked at once, still one round trip.
            spending = self._script.run(keys=[budget], args=arguments)
            reply, *found = await asyncio.gather(spending, *(self._redis.get(key) for key in judging))
        decision = _decision(reply, principal)
        if principal is None:
            return decision
        return replace(decision, revoked=is_revoked(principal, *cast("list[bytes | None]", found)))


def _arguments(principal: Principal | None, policy: RatePolicy) -> Sequence[int]:
    issued_at = None if principal is None else principal.issued_at
    issued_s = _ISSUED_BEFORE_ANY_MOMENT if issued_at is None else int(issued_at.timestamp())
    return (policy.quota, policy.window_s, issued_s)


def _decision(reply: object, principal: Principal | None) -> LimitDecision:
    revoked, allowed, remaining, until_full, until_one = cast("list[int]", reply)
    if revoked == _BY_UNREADABLE_MOMENT and principal is not None:
        unreadable_moment(principal.user_id)
    rate = RateDecision(
        allowed=bool(allowed),
        remaining=remaining,
        reset_s=until_full / _MICROSECONDS,
        retry_after_s=until_one / _MICROSECONDS,
    )
    return LimitDecision(revoked=bool(revoked), rate=rate)


MAX_BUDGETS = 20_000
"""Budgets kept at once; the longest unused is forgotten first, which only ever favours its caller."""

ROUNDING_S = 1e-6
"""A refill computed in floating point may miss its moment by less than this."""


_NOTHING_SPENT = RateDecision(allowed=False, remaining=0, reset_s=0)
"""Beside ``revoked``, where it means nothing."""


class LocalLimits:
    """Counts in memory, and refuses the tokens among ``revoked``; of others it can't tell, and accepts them."""

    def __init__(self, clock: Clock, revoked: RevokedTokens) -> None:
        self._clock = clock
        self._revoked = revoked
        self._full_at = LruMemory[tuple[str, str], float](MAX_BUDGETS)

    async def admit(self, caller: Caller, policy: RatePolicy) -> LimitDecision:
        """Spend one request of the caller's budget in this process."""
        if caller.principal is not None and caller.principal.token_id in self._revoked:
            return LimitDecision(revoked=True, rate=_NOTHING_SPENT)
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
