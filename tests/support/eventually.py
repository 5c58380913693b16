"""Wait for something that real servers do in their own time."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 20.0
"""What a busy machine may take over what an idle one does at once: it only ends a wait for what never comes."""


async def eventually(condition: Callable[[], bool | Awaitable[bool]], *, within_s: float = PATIENCE_S) -> None:
    """Return as soon as ``condition`` holds; raise TimeoutError when it hasn't within ``within_s`` seconds."""
    async with asyncio.timeout(within_s):
        while True:
            outcome = condition()
            if outcome if isinstance(outcome, bool) else await outcome:
                return
            await asyncio.sleep(0.01)
