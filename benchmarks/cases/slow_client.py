"""What a client that stopped reading costs the others: their latency beside it, and beside one that reads the same."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

from redis.asyncio import Redis

from benchmarks.feed_client import connect, handshake
from benchmarks.feed_load import Publisher, in_loop
from benchmarks.feed_stack import ARRIVE_WITHIN_S, CONDITIONS, SETTLE_S, FeedStack, feed_and_relay, teachers
from benchmarks.figures import CaseResult, informative
from benchmarks.rounds import Options, percentile

MESSAGES_A_SECOND = 2_000
HEAVY = b'{"event":"heavy","data":{"pad":"%b"}}' % (b"x" * 60_000)
HEAVY_EVERY_S = 0.02
VISIT_S = 1.0
"""How long the heavy client stays each time: what may wait for one is full after half of it."""

RECEIVED_AT_ONCE = 4_096


def run(options: Options) -> CaseResult:
    """Measure others' latency beside one client sent 3 MB a second, while it reads them and while it doesn't."""
    beside: dict[bool, list[Sequence[float]]] = {True: [], False: []}
    with feed_and_relay() as stack:
        for reads in [True, False] * options.rounds:
            beside[reads].append(in_loop(_latencies(stack, teachers(500), reads=reads, seconds=options.seconds)))
    reading, stopped = ([percentile(latencies, 99) for latencies in beside[reads]] for reads in (True, False))
    figures = [
        informative("others' p50 beside a stopped reader", "ms", ours=[percentile(one, 50) for one in beside[False]]),
        informative("others' p99 beside a stopped reader", "ms", ours=stopped),
        informative("others' p99 beside one that reads", "ms", ours=reading),
        informative(
            "p99 beside a stopped reader against one that reads",
            "×",
            ours=[a / b for a, b in zip(stopped, reading, strict=True)],
        ),
    ]
    load = "2,000 messages a second to 500 users; 50 a second of 60 KB to one more, who comes back each second"
    return CaseResult("feed-slow-client", figures, f"{CONDITIONS}; {load}")


async def _latencies(stack: FeedStack, users: Sequence[str], *, reads: bool, seconds: float) -> Sequence[float]:
    async with Publisher.to(stack.redis, users) as publisher, _heavy_client(stack, reads=reads):
        crowd = await connect(stack.ours.port, users)
        await asyncio.sleep(SETTLE_S)
        sent = await publisher.at_rate(MESSAGES_A_SECOND, seconds)
        await crowd.counters.reach(sent, within_s=ARRIVE_WITHIN_S)
        crowd.leave()
    await asyncio.sleep(SETTLE_S)
    return crowd.counters.latencies_ms


@contextlib.asynccontextmanager
async def _heavy_client(stack: FeedStack, *, reads: bool) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_publish(stack.redis, "heavy")),
            group.create_task(_come_back(stack.ours.port, "heavy", reads=reads)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _publish(redis_url: str, user: str) -> None:
    async with Redis.from_url(redis_url, socket_timeout=None) as redis:  # with one, 3.11 may swallow a cancellation
        while True:
            await redis.publish(f"ws:{user}", HEAVY)
            await asyncio.sleep(HEAVY_EVERY_S)


async def _come_back(port: int, user: str, *, reads: bool) -> None:
    while True:
        reader, writer = await asyncio.open_connection(sock=await _narrow_socket(port), limit=RECEIVED_AT_ONCE)
        writer.write(handshake(user))
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(VISIT_S):
                while reads and await reader.read(len(HEAVY)):
                    pass
                await asyncio.sleep(VISIT_S)
        writer.transport.abort()


async def _narrow_socket(port: int) -> socket.socket:
    """Return a connected socket that takes in little."""
    narrow = socket.socket()
    narrow.settimeout(0)
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_AT_ONCE)
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
    return narrow
