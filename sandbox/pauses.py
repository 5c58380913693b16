"""Keeps processes that a test freezes on purpose apart from those that a stress run freezes at random.

Both send SIGSTOP, and one SIGCONT wakes the process for both. A stress run therefore names a lock file in
``HULEEDU_STRESS_LOCK``, holds it while it has a process frozen, and leaves alone what stands still already.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STRESS_LOCK = "HULEEDU_STRESS_LOCK"


@contextmanager
def apart_from_stress() -> Iterator[None]:
    """Hold the stress run's lock, if there is a stress run; it is given back within 200 ms."""
    path = os.environ.get(STRESS_LOCK)
    if path is None:
        yield
        return
    with hold_lock(Path(path)):
        yield


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold the lock file at ``path``."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
