"""What sockets cost, against bare ones: memory, accepts, resuming, and CPU as they grow in number."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from benchmarks.feed_client import Crowd, connect
from benchmarks.feed_load import Publisher, in_loop
from benchmarks.feed_stack import ARRIVE_WITHIN_S, CONDITIONS, MANY, SETTLE_S, FeedStack, feed_and_relay, teachers
from benchmarks.figures import CaseResult, Figure, at_least, at_most, informative
from benchmarks.processes import Server
from benchmarks.rounds import Options

KILOBYTE = 1_000
GROWTH_RATE = 2_000
GROWTH_WARM_UP_S = 0.5
FEW = 100
GROWTH_IDLE_S = 10.0
"""All leases are renewed once in it."""


async def with_crowd(
    server: Server, users: Sequence[str], measure: Callable[[Crowd], Awaitable[float]], *, offer_deflate: bool = False
) -> float:
    """Connect a socket for each of ``users``, let the server settle, measure, leave."""
    crowd = await connect(server.port, users, offer_deflate=offer_deflate)
    await asyncio.sleep(SETTLE_S)
    try:
        return await measure(crowd)
    finally:
        crowd.leave()
        await asyncio.sleep(SETTLE_S)


def run_memory(options: Options) -> CaseResult:
    """Measure memory a socket: 5,000 idle ones that offer deflate, as browsers do."""
    mine: list[float] = []
    bare: list[float] = []
    for _ in range(options.rounds):
        with feed_and_relay() as stack:
            mine.append(_memory_kb(stack.ours))
            bare.append(_memory_kb(stack.floor))
    figures = [
        at_most("memory a socket, 5,000 idle", "KB", ours=mine, bound=40, floor=bare),
        at_most(
            "memory a socket against a bare one", "×", ours=[a / b for a, b in zip(mine, bare, strict=True)], bound=1.3
        ),
    ]
    return CaseResult(
        "feed-memory", figures, f"{CONDITIONS}; a fresh process each round; growth of RSS over 5,000 sockets"
    )


def _memory_kb(server: Server) -> float:
    in_loop(with_crowd(server, teachers(50), _nothing))
    before = server.rss_bytes()
    return in_loop(with_crowd(server, teachers(MANY), partial(_grown_kb, server, before), offer_deflate=True))


async def _nothing(_: Crowd) -> float:
    return 0.0


async def _grown_kb(server: Server, before: int, crowd: Crowd) -> float:
    return (server.rss_bytes() - before) / KILOBYTE / len(crowd.transports)


def run_accepts(options: Options) -> CaseResult:
    """Measure accepted sockets a second and CPU an accept, 64 connecting at once, a user each."""
    users = teachers(2_000)
    rates: dict[int, list[float]] = {}
    costs: dict[int, list[float]] = {}
    with feed_and_relay() as stack:
        for server in [stack.ours, stack.floor] * options.rounds:
            rate, cpu_us = in_loop(_accepts(server, users))
            rates.setdefault(server.pid, []).append(rate)
            costs.setdefault(server.pid, []).append(cpu_us)
        ours, bare = stack.ours.pid, stack.floor.pid
    figures = [
        at_least("accepts", "1/s", ours=rates[ours], floor=rates[bare], ratio=1.2),
        informative("CPU an accept", "µs", ours=costs[ours], floor=costs[bare]),
    ]
    return CaseResult("feed-accepts", figures, f"{CONDITIONS}; WEBSOCKET_HANDSHAKE_RATE raised")


async def _accepts(server: Server, users: Sequence[str]) -> tuple[float, float]:
    start, cpu_s = time.perf_counter(), server.cpu_s()
    crowd = await connect(server.port, users)
    rate = len(users) / (time.perf_counter() - start)
    cpu_us = (server.cpu_s() - cpu_s) / len(users) * 1e6
    crowd.leave()
    await asyncio.sleep(SETTLE_S)
    return rate, cpu_us


def run_resume(options: Options) -> CaseResult:
    """Measure a reconnect that has missed 100 messages: from the handshake's start to the last one."""
    with feed_and_relay() as stack:
        taken = in_loop(_resumes(stack, options.rounds))
    figures = [at_most("resume of 100 missed messages", "ms", ours=taken, bound=10)]
    return CaseResult(
        "feed-resume", figures, f"{CONDITIONS}; from the start of the handshake to the last missed message"
    )


async def _resumes(stack: FeedStack, times: int) -> list[float]:
    users = teachers(1)
    taken: list[float] = []
    async with Publisher.to(stack.redis, users) as publisher:
        start = await publisher.position(users[0])
        await publisher.append(100)
        for _ in range(times):
            began = time.monotonic_ns()
            crowd = await connect(stack.ours.port, users, query=f"&cursor={start}")
            await crowd.counters.reach(100, within_s=ARRIVE_WITHIN_S)
            taken.append((crowd.counters.last_ns - began) / 1e6)
            crowd.leave()
            await asyncio.sleep(0.05)
    return taken


def run_growth(options: Options) -> CaseResult:
    """Measure CPU a delivered message at 2,000 messages a second while the sockets grow from 100 to 5,000."""
    points: list[tuple[float, float]] = []
    figures: list[Figure] = []
    with feed_and_relay() as stack:
        for sockets in (FEW, 500, 2_000, MANY):
            idle_s = GROWTH_IDLE_S if sockets in (FEW, MANY) else 0.0
            costs, idle_us = in_loop(_costs_a_message(stack, teachers(sockets), options, idle_s=idle_s))
            figures.append(informative(f"CPU a message, {sockets:,} sockets", "µs", ours=costs))
            points.append((sockets, figures[-1].median))
            if idle_s:
                figures.append(informative(f"of it when no message comes, {sockets:,} sockets", "µs", ours=[idle_us]))
    grown = [points[-1][1] / points[0][1]]
    figures.append(at_most("CPU a message, 5,000 sockets against 100", "×", ours=grown, bound=1.10))
    title = "CPU a delivered message as sockets grow|sockets|µs a message"
    return CaseResult("feed-growth", figures, CONDITIONS, series={title: points})


async def _costs_a_message(
    stack: FeedStack, users: Sequence[str], options: Options, *, idle_s: float
) -> tuple[list[float], float]:
    """Return the CPU microseconds a message, once a round, and how many of them are spent when no message comes.

    The sockets stay open between rounds. Their pings, examinations and leases cost the same whether messages come or
    not.
    """
    costs: list[float] = []
    async with Publisher.to(stack.redis, users) as publisher:
        crowd = await connect(stack.ours.port, users)
        await asyncio.sleep(SETTLE_S)
        sent = await publisher.at_rate(GROWTH_RATE, GROWTH_WARM_UP_S)
        for _ in range(options.rounds):
            await crowd.counters.reach(sent, within_s=ARRIVE_WITHIN_S)
            before, cpu_s = sent, stack.ours.cpu_s()
            sent += await publisher.at_rate(GROWTH_RATE, options.seconds)
            await crowd.counters.reach(sent, within_s=ARRIVE_WITHIN_S)
            costs.append((stack.ours.cpu_s() - cpu_s) / (sent - before) * 1e6)
        cpu_s = stack.ours.cpu_s()
        await asyncio.sleep(idle_s)
        idle_us = (stack.ours.cpu_s() - cpu_s) / (GROWTH_RATE * (idle_s or 1.0)) * 1e6
        crowd.leave()
        await asyncio.sleep(SETTLE_S)
    return costs, idle_us
