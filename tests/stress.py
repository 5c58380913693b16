"""Run the tests on a machine that is busy and stutters: ``python -m tests.stress [pytest's options]``.

Two busy loops take the cores, and processes of the tests (pytest's own, the servers they start) are frozen one at a
time for up to 200 ms. A test that fails here and not on a quiet machine lets timing decide its claim.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from sandbox.pauses import STRESS_LOCK, hold_lock

BUSY_LOOPS: Final = 2
LONGEST_FREEZE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 0.3
"""Between two freezes."""

_BUSY = (sys.executable, "-c", "while True: pass")


def main(arguments: Sequence[str]) -> int:
    """Run pytest under stress; return its exit code."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"busy loops: {BUSY_LOOPS}; freezes up to {LONGEST_FREEZE_S * 1000:g} ms, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="stress-") as folder, _busy():
        lock = Path(folder) / "lock"
        command = [sys.executable, "-m", "pytest", *(arguments or ["-n", "2", "--dist", "loadfile", "tests"])]
        with subprocess.Popen(command, env=os.environ | {STRESS_LOCK: str(lock)}) as tests:
            frozen = _freeze_now_and_then(tests, lock, random.Random(seed))
        print(f"frozen {frozen} times", flush=True)
        return tests.returncode


@contextmanager
def _busy() -> Iterator[None]:
    loops = [subprocess.Popen(_BUSY) for _ in range(BUSY_LOOPS)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _freeze_now_and_then(tests: subprocess.Popen[bytes], lock: Path, chance: random.Random) -> int:
    """Freeze one process after the other until the tests have ended; return how often."""
    frozen = 0
    root = psutil.Process(tests.pid)
    while tests.poll() is None:
        time.sleep(chance.uniform(0, LONGEST_PAUSE_S))
        with hold_lock(lock):
            frozen += _freeze_one(root, chance)
    return frozen


def _freeze_one(root: psutil.Process, chance: random.Random) -> bool:
    try:
        victim = chance.choice([root, *root.children(recursive=True)])
        if victim.status() in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}:
            return False
        victim.suspend()
        try:
            time.sleep(chance.uniform(0, LONGEST_FREEZE_S))
        finally:
            victim.resume()
    except psutil.NoSuchProcess:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
