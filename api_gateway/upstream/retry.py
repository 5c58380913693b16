"""When a failed call is made again (docs/gateway.md, row 11).

Written by hand: stamina draws its jitter on top of a fixed backoff (ours is drawn from the whole range), tenacity
reads its own clock and its own randomness, and neither knows a deadline that stands still while the caller is waited
for, nor a breaker to ask before each attempt. What is left of them is this iterator.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from api_gateway.upstream.ports import UpstreamRequest

REPEATED_STATUSES = frozenset({502, 503, 504})


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
    draw: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def delays(self, request: UpstreamRequest) -> Iterator[float]:
        """Yield, for each further attempt at ``request``, how long to wait before it."""
        if request.idempotent:
            for _ in range(self.most):
                yield self.least_pause_s + self.draw() * (self.longest_pause_s - self.least_pause_s)
