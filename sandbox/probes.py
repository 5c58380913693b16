"""Is it up? Asked over plain streams, so that the sandbox itself starts without loading any client library."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from sandbox.ports import LOOPBACK

PROBE_TIMEOUT_S = 5.0


async def accepts(port: int) -> bool:
    """Tell whether something on this machine accepts connections on ``port``."""
    return await exchange(port, b"", bool_of=lambda _answer: True)


async def speaks_redis(port: int) -> bool:
    """Tell whether a Redis-protocol server on ``port`` answers PING; one that is still loading does not."""
    return await exchange(port, b"PING\r\n", bool_of=lambda answer: answer == b"+PONG\r\n")


async def is_ready(url: str) -> bool:
    """Tell whether a GET of ``url``, on this machine, is answered 200."""
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    return await exchange(
        parts.port or 80, request.encode(), bool_of=lambda answer: answer.split(b" ")[1:2] == [b"%d" % HTTPStatus.OK]
    )


async def exchange(port: int, request: bytes, *, bool_of: Callable[[bytes], bool]) -> bool:
    """Send ``request``, read the first line of the answer when one was asked for, and judge it.

    A connection that is refused, broken or silent for ``PROBE_TIMEOUT_S`` seconds is a no.
    """
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(request)
                return bool_of(await reader.readline() if request else b"")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
