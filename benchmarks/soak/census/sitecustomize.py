"""Counts a process's live objects: Python imports it first in each replica whose PYTHONPATH names this folder.

Each ``SOAK_CENSUS_EVERY_S`` seconds a JSON line goes to ``$SOAK_CENSUS/<pid>.jsonl``: how many objects the garbage
collector tracks, asyncio's tasks, and the most frequent types. Memory grows and shrinks with what the allocator keeps;
a count of objects doesn't.

It counts between two callbacks of the event loop, and never in a thread: what lists all objects also holds a tuple
that another thread is building, and Python can't finish that one.
"""

import asyncio
import gc
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextvars import Context
from pathlib import Path
from typing import Any, Final

FOLDER: Final = os.environ.get("SOAK_CENSUS")
EVERY_S: Final = float(os.environ.get("SOAK_CENSUS_EVERY_S", "10"))
TYPES: Final = 40


def count() -> dict[str, object]:
    """Return one census, after a garbage collection."""
    gc.collect()
    objects = gc.get_objects()
    kinds = Counter(map(type, objects))
    tasks = sum(times for kind, times in kinds.items() if issubclass(kind, asyncio.Task))
    names = {f"{kind.__module__}.{kind.__qualname__}": times for kind, times in kinds.most_common(TYPES)}
    return {"at": time.time(), "objects": len(objects), "tasks": tasks, "types": names}


def keep_counting(loop: asyncio.AbstractEventLoop, folder: Path) -> None:
    """Write a census, and the next one later."""
    with (folder / f"{os.getpid()}.jsonl").open("a") as file:
        file.write(json.dumps(count()) + "\n")
    loop.call_later(EVERY_S, keep_counting, loop, folder)


def counting(run: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    """Return ``asyncio.Runner.run`` with a census on its loop."""

    def run_counting(self: asyncio.Runner, main: Coroutine[Any, Any, Any], *, context: Context | None = None) -> object:
        loop = self.get_loop()
        loop.call_later(EVERY_S, keep_counting, loop, folder)
        return run(self, main, context=context)

    return run_counting


if FOLDER:
    asyncio.Runner.run = counting(asyncio.Runner.run, Path(FOLDER))  # type: ignore[method-assign]  # there is no other way in
