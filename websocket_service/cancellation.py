"""Cancellations that get lost on the way."""

import asyncio


def heed_cancellation() -> None:
    """Raise CancelledError when the current task has been cancelled and nobody has said so.

    redis-py sends within ``asyncio.wait_for``, which on Python 3.11 returns the result instead of raising when the
    send completes in the very moment of the cancellation; a loop around it would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
