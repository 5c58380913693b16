"""How long to wait before another attempt, part of it drawn at random so that replicas don't come back in step.

The kinds of jitter and their names are those of Marc Brooker's "Exponential Backoff And Jitter" (AWS Architecture Blog,
2015). redis-py has them too (``redis.backoff``), but it draws from its own ``random``, which a test can't replace, and
it raises OverflowError after some thousand failures in a row.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Draw = Callable[[], float]
"""Returns a number in [0, 1), each as likely as any other."""

EQUAL_JITTER: Final = 0.5
"""Half of each delay is drawn, so that none is shorter than half of what it would be without jitter."""

_MOST_DOUBLINGS: Final = 64
"""Beyond any delay that is waited for, and short of what a float holds."""


def spread(least: float, most: float, draw: Draw = random.random) -> float:
    """Return a number between two bounds, drawn evenly, in the unit of the bounds."""
    return least + draw() * (most - least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Delays that double with every failure in a row, up to a longest.

    Attributes:
        first_s: the delay after the first failure, in seconds.
        longest_s: the most that the doubling comes to, in seconds.
        jitter: the share of each delay that is drawn: 0 for none, :data:`EQUAL_JITTER`, 1 for full jitter.
        draw: the source of chance.
    """

    first_s: float
    longest_s: float
    jitter: float = 0.0
    draw: Draw = random.random

    def delay_s(self, failures: int) -> float:
        """Return how long to wait after that many failures in a row, at least one, in seconds."""
        longest_s = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
        return spread((1 - self.jitter) * longest_s, longest_s, self.draw)
