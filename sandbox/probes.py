"""Is it up? Asked over plain streams, so that the sandbox itself starts without loading any client library."""

import asyncio
import json
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
    """Tell whether a GET of ``url`` is answered 200."""
    return await _get(url, bool_of=lambda answer: answer.split(b" ")[1:2] == [b"%d" % HTTPStatus.OK])


async def is_healthy(url: str) -> bool:
    """Tell whether the health report at ``url`` says that a service and all its neighbours are well."""
    return await _get(url, bool_of=_reports_healthy, whole=True)


async def _get(url: str, *, bool_of: Callable[[bytes], bool], whole: bool = False) -> bool:
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
    return await exchange(parts.port or 80, request, host=parts.hostname or LOOPBACK, bool_of=bool_of, whole=whole)


def _reports_healthy(answer: bytes) -> bool:
    try:
        report = json.loads(answer.partition(b"\r\n\r\n")[2])
    except ValueError:
        return False
    return isinstance(report, dict) and report.get("status") == "healthy"


async def exchange(
    port: int, request: bytes, *, bool_of: Callable[[bytes], bool], host: str = LOOPBACK, whole: bool = False
) -> bool:
    """Send ``request``, read the answer's first line, or the ``whole`` of it, when one was asked for, and judge it.

    A connection that is refused, broken or silent for ``PROBE_TIMEOUT_S`` seconds is a no.
    """
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                if not request:
                    return bool_of(b"")
                return bool_of(await (reader.read() if whole else reader.readline()))
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
