"""Many sockets from one process: picows clients that count, check order, and time what arrives."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import picows

from benchmarks.tokens import mint

OFFER_DEFLATE = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
CONNECTING_AT_ONCE = 64
_MARK = re.compile(rb'"n":(\d+),"t":(\d+)')


def payload(number: int) -> bytes:
    """Return a message of 200 bytes that carries its number and the time it was made (ns, monotonic)."""
    mark = b'"n":%d,"t":%d' % (number, time.monotonic_ns())
    body = b'{"event":"batch_spellcheck_completed","data":{%b,"batch_id":"b1","pad":"%b"}}'
    return body % (mark, b"x" * max(0, 200 - len(body) - len(mark)))


@dataclass(slots=True)
class ClientCounters:
    """What all sockets of a run saw together."""

    received: int = 0
    out_of_order: int = 0
    closed: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    last_ns: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def reach(self, count: int, *, within_s: float) -> None:
        """Wait until ``count`` messages arrived altogether; raise TimeoutError when they haven't in time."""
        async with asyncio.timeout(within_s):
            while self.received < count:
                self.moved.clear()
                await self.moved.wait()


class Socket(picows.WSListener):
    """One socket: expects each numbered message once, in rising order."""

    def __init__(self, counters: ClientCounters) -> None:
        self._counters = counters
        self._last = -1

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Count a numbered message; control frames of the feed are not counted."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            self._counters.closed += 1
            transport.disconnect()
            return
        marked = _MARK.search(frame.get_payload_as_bytes())
        if marked is None:
            return
        number, sent = int(marked[1]), int(marked[2])
        now = time.monotonic_ns()
        counters = self._counters
        if number <= self._last:
            counters.out_of_order += 1
        self._last = number
        counters.received += 1
        counters.last_ns = now
        counters.latencies_ms.append((now - sent) / 1e6)
        counters.moved.set()


@dataclass(frozen=True, slots=True)
class Crowd:
    """Open sockets and what they see."""

    counters: ClientCounters
    transports: Sequence[picows.WSTransport]

    def leave(self) -> None:
        """Cut every connection."""
        for transport in self.transports:
            transport.disconnect()


async def connect(port: int, users: Sequence[str], *, offer_deflate: bool = False, query: str = "") -> Crowd:
    """Open one socket for each entry of ``users`` (an entry may repeat), 64 at a time."""
    counters = ClientCounters()
    tokens = {user: mint(user) for user in set(users)}
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
    headers = OFFER_DEFLATE if offer_deflate else None

    async def one(user: str) -> picows.WSTransport:
        async with gate:
            url = f"ws://127.0.0.1:{port}/ws?token={tokens[user]}{query}"
            transport, _ = await picows.ws_connect(
                lambda: Socket(counters), url, extra_headers=headers, websocket_handshake_timeout=30
            )
            return transport

    async with asyncio.TaskGroup() as group:
        opening = [group.create_task(one(user)) for user in users]
    return Crowd(counters, [task.result() for task in opening])


def handshake(user: str, *, query: str = "") -> bytes:
    """Return the handshake of a client that speaks on a bare connection."""
    return (
        f"GET /ws?token={mint(user)}{query} HTTP/1.1\r\nHost: feed\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
