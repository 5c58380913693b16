"""The retry loop: makes a failed GET or HEAD again (docs/gateway.md, row 11).

Written by hand: stamina draws its jitter on top of a fixed backoff (ours is drawn from the whole range), tenacity
reads its own clock and its own randomness, and neither knows a deadline that stands still while the caller is waited
for, nor a breaker to ask before each attempt. What is left of them is this iterator.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from api_gateway.upstream.attempt import FailedAttempt, RequestSender
from api_gateway.upstream.ports import CircuitState, UpstreamRequest
from api_gateway.upstream.response import HttpStream, UpstreamCall
from common.backoff import Draw, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """At most ``most`` further attempts at a GET or HEAD, after pauses drawn evenly between two bounds (full jitter).

    Attributes:
        most: further attempts.
        least_pause_s: the shortest pause.
        longest_pause_s: the longest pause.
        draw: returns a number in [0, 1).
        sleep: waits that many seconds.
    """

    most: int = 2
    least_pause_s: float = 0.025
    longest_pause_s: float = 0.250
    draw: Draw = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def delays(self, request: UpstreamRequest) -> Iterator[float]:
        """Yield, for each further attempt at ``request``, how long to wait before it."""
        if request.idempotent:
            for _ in range(self.most):
                yield spread(self.least_pause_s, self.longest_pause_s, self.draw)


async def send_with_retries(call: UpstreamCall, sender: RequestSender, policy: RetryPolicy) -> HttpStream:
    """Send the request of ``call``, again after a failure that may pass, and return its response; the caller closes it.

    Raises:
        HuleEduError: CIRCUIT_BREAKER_OPEN without an attempt, else the error of the last attempt.
    """
    permit = call.upstream.admit(lambda: call.deadline.paused)
    delays = policy.delays(call.request)
    try:
        outcome = await sender.send(call, permit)
        while isinstance(outcome, FailedAttempt) and outcome.repeatable:
            if not await _wait_before_retry(call, delays, policy):
                break
            call.upstream.record_retry()
            outcome = await sender.send(call, permit)
    except BaseException:
        permit.settle(success=None)
        raise
    if isinstance(outcome, FailedAttempt):
        permit.settle(success=outcome.success)
        raise outcome.error
    return outcome


async def _wait_before_retry(call: UpstreamCall, delays: Iterator[float], policy: RetryPolicy) -> bool:
    """Wait before another attempt and return True; return False when there must be none."""
    pause_s = next(delays, None)
    if pause_s is None or pause_s >= call.deadline.left_s or not _is_circuit_closed(call):
        return False
    try:
        async with call.deadline:
            await policy.sleep(pause_s)
    except TimeoutError:
        return False
    return _is_circuit_closed(call)


def _is_circuit_closed(call: UpstreamCall) -> bool:
    return call.upstream.circuit is CircuitState.CLOSED
