"""Ctrl-C and SIGTERM end what the sandbox is doing, in order."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPPING = (signal.SIGINT, signal.SIGTERM)


def stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@contextmanager
def signals_cancel_this_task() -> Iterator[None]:
    """Have the first SIGINT or SIGTERM cancel the current task; later ones are ignored, so that it can clean up."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def cancel_once() -> None:
        for number in STOPPING:
            loop.add_signal_handler(number, lambda: None)
        if task is not None:
            task.cancel()

    for number in STOPPING:
        loop.add_signal_handler(number, cancel_once)
    try:
        yield
    finally:
        for number in STOPPING:
            loop.remove_signal_handler(number)
