"""The feed against a bare relay: throughput, latency, a push to thousands, memory, accepts, resume, the whole path."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.feed_client import Crowd, connect
from benchmarks.feed_load import Publisher, in_loop, produce_notifications
from benchmarks.feed_stack import feed
from benchmarks.figures import CaseResult, Figure, at_least, at_most, informative
from benchmarks.gateway_stack import floor
from benchmarks.processes import Server
from benchmarks.rounds import Options, percentile
from benchmarks.servers import kafka, redis

SETTLE_S = 1.0
ARRIVE_WITHIN_S = 60.0
MESSAGES_A_SECOND = 12_000
MANY = 5_000
KILOBYTE = 1_000
CONDITIONS = "one feed process on core 0; picows sockets, publisher and Valkey on core 1; messages of 200 bytes"


@dataclass(frozen=True, slots=True)
class _Stack:
    ours: Server
    floor: Server
    redis: str
    kafka: str


@contextlib.contextmanager
def _stack() -> Iterator[_Stack]:
    with (
        redis() as redis_url,
        kafka() as brokers,
        floor("relay", {"REDIS_URL": redis_url}) as bare,
        feed(redis=redis_url, kafka=brokers) as ours,
    ):
        yield _Stack(ours, bare, redis_url, brokers)


def _users(count: int) -> list[str]:
    return [f"teacher-{n}" for n in range(count)]


async def _with_crowd(
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


# ---- throughput


def run(options: Options) -> CaseResult:
    """Measure delivered messages a second to 90 and to 2,000 users, a socket each; none lost, none twice."""
    figures: list[Figure] = []
    count = int(MESSAGES_A_SECOND * options.seconds)
    with _stack() as stack:
        for users in (90, 2_000):
            rates: dict[int, list[float]] = {stack.ours.pid: [], stack.floor.pid: []}
            wrong: dict[int, int] = {stack.ours.pid: 0, stack.floor.pid: 0}
            for server in [stack.ours, stack.floor] * options.rounds:
                rate, faults = in_loop(_throughput(server, stack.redis, users, count))
                rates[server.pid].append(rate)
                wrong[server.pid] += faults
            mine, bare = rates[stack.ours.pid], rates[stack.floor.pid]
            figures += [
                at_least(f"delivered, {users:,} users", "1/s", ours=mine, floor=bare, ratio=0.85),
                at_most(f"lost or twice, {users:,} users", "messages", ours=[wrong[stack.ours.pid]], bound=0),
            ]
    return CaseResult("feed", figures, CONDITIONS)


async def _throughput(server: Server, redis_url: str, users: int, count: int) -> tuple[float, int]:
    names = _users(users)
    async with Publisher.to(redis_url, names) as publisher:
        crowd = await connect(server.port, names)
        await asyncio.sleep(SETTLE_S)
        start = time.monotonic_ns()
        await publisher.as_fast_as_delivered(count, crowd.tally)
        with contextlib.suppress(TimeoutError):
            await crowd.tally.reach(count, within_s=5)
        crowd.leave()
        await asyncio.sleep(SETTLE_S)
    tally = crowd.tally
    lost = count - tally.received
    return tally.received / ((tally.last_ns - start) / 1e9), abs(lost) + tally.out_of_order


# ---- latency


def run_latency(options: Options) -> CaseResult:
    """Measure the time from publish to client at 5,000 messages a second, 500 users."""
    rate, users = 5_000, _users(500)
    p50: dict[int, list[float]] = {}
    p99: dict[int, list[float]] = {}
    with _stack() as stack:
        for server in [stack.ours, stack.floor] * options.rounds:
            latencies = in_loop(_latencies(server, stack.redis, users, rate=rate, seconds=options.seconds))
            p50.setdefault(server.pid, []).append(percentile(latencies, 50))
            p99.setdefault(server.pid, []).append(percentile(latencies, 99))
        ours, bare = stack.ours.pid, stack.floor.pid
    figures = [
        at_most("publish to client at 5,000/s, p50", "ms", ours=p50[ours], bound=5, floor=p50[bare]),
        at_most("publish to client at 5,000/s, p99", "ms", ours=p99[ours], bound=15, floor=p99[bare]),
    ]
    return CaseResult("feed-latency", figures, CONDITIONS)


async def _latencies(
    server: Server, redis_url: str, users: Sequence[str], *, rate: int, seconds: float
) -> Sequence[float]:
    async with Publisher.to(redis_url, users) as publisher:
        crowd = await connect(server.port, users)
        await asyncio.sleep(SETTLE_S)
        sent = await publisher.at_rate(rate, seconds)
        await crowd.tally.reach(sent, within_s=ARRIVE_WITHIN_S)
        crowd.leave()
        await asyncio.sleep(SETTLE_S)
    return crowd.tally.latencies_ms


# ---- the whole path


def run_path(options: Options) -> CaseResult:
    """Measure Kafka → Redis stream → socket at 500 notifications a second, 100 users."""
    rate, users = 500, _users(100)
    p50: list[float] = []
    p99: list[float] = []
    with _stack() as stack:
        for _ in range(options.rounds):
            latencies = in_loop(_path(stack, users, rate=rate, seconds=options.seconds))
            p50.append(percentile(latencies, 50))
            p99.append(percentile(latencies, 99))
    figures = [
        at_most("Kafka to socket at 500/s, p50", "ms", ours=p50, bound=10),
        at_most("Kafka to socket at 500/s, p99", "ms", ours=p99, bound=50),
    ]
    return CaseResult("feed-path", figures, f"{CONDITIONS}; broker Tansu, KAFKA_FETCH_MAX_WAIT_MS=10")


async def _path(stack: _Stack, users: Sequence[str], *, rate: int, seconds: float) -> Sequence[float]:
    crowd = await connect(stack.ours.port, users)
    # The first records wait for the consumer to join its group, which takes seconds and isn't what is measured.
    warming = await produce_notifications(stack.kafka, users, rate=rate, seconds=1, first=0)
    await crowd.tally.reach(warming, within_s=ARRIVE_WITHIN_S)
    crowd.tally.latencies_ms.clear()
    sent = await produce_notifications(stack.kafka, users, rate=rate, seconds=seconds, first=warming)
    await crowd.tally.reach(warming + sent, within_s=ARRIVE_WITHIN_S)
    crowd.leave()
    await asyncio.sleep(SETTLE_S)
    return crowd.tally.latencies_ms


# ---- one push to many


def run_push(options: Options) -> CaseResult:
    """Measure one message to 5,000 sockets of one user: when the last one has it."""
    last: dict[int, list[float]] = {}
    with _stack() as stack:
        for server in (stack.ours, stack.floor):
            last[server.pid] = in_loop(_pushes(server, stack.redis, options.rounds + 1))[1:]
        ours, bare = stack.ours.pid, stack.floor.pid
    figures = [at_most("one push to 5,000 sockets, last", "ms", ours=last[ours], bound=250, floor=last[bare])]
    return CaseResult("feed-push", figures, f"{CONDITIONS}; no deflate offered")


async def _pushes(server: Server, redis_url: str, pushes: int) -> list[float]:
    users = ["teacher-1"] * MANY
    lasts: list[float] = []
    async with Publisher.to(redis_url, users[:1]) as publisher:
        crowd = await connect(server.port, users)
        await asyncio.sleep(SETTLE_S)
        for number in range(1, pushes + 1):
            start = time.monotonic_ns()
            await publisher.one()
            await crowd.tally.reach(number * MANY, within_s=ARRIVE_WITHIN_S)
            lasts.append((crowd.tally.last_ns - start) / 1e6)
            await asyncio.sleep(SETTLE_S / 2)
        crowd.leave()
    return lasts


# ---- memory and accepts


def run_memory(options: Options) -> CaseResult:
    """Measure memory a socket: 5,000 idle ones that offer deflate as browsers do, then once after a message each."""
    rounds = range(max(1, options.rounds // 2))
    mine = [_memory_kb("ours") for _ in rounds]
    bare = [_memory_kb("floor") for _ in rounds]
    figures = [
        at_most("memory a socket, 5,000 idle", "KB", ours=mine, bound=60, floor=bare),
        at_most(
            "memory a socket against a bare one", "×", ours=[a / b for a, b in zip(mine, bare, strict=True)], bound=1.3
        ),
    ]
    return CaseResult(
        "feed-memory", figures, f"{CONDITIONS}; a fresh process each round; growth of RSS over 5,000 sockets"
    )


def _memory_kb(which: str) -> float:
    with _stack() as stack:
        server = stack.ours if which == "ours" else stack.floor
        in_loop(_with_crowd(server, _users(50), _nothing))
        before = server.rss_bytes()
        return in_loop(_with_crowd(server, _users(MANY), partial(_grown_kb, server, before), offer_deflate=True))


async def _nothing(_: Crowd) -> float:
    return 0.0


async def _grown_kb(server: Server, before: int, crowd: Crowd) -> float:
    return (server.rss_bytes() - before) / KILOBYTE / len(crowd.transports)


def run_accepts(options: Options) -> CaseResult:
    """Measure accepted sockets a second, 64 connecting at once, a user each."""
    users = _users(2_000)
    rates: dict[int, list[float]] = {}
    with _stack() as stack:
        for server in [stack.ours, stack.floor] * options.rounds:
            rates.setdefault(server.pid, []).append(in_loop(_accepts(server, users)))
        ours, bare = stack.ours.pid, stack.floor.pid
    figures = [at_least("accepts", "1/s", ours=rates[ours], floor=rates[bare], ratio=0.6)]
    return CaseResult("feed-accepts", figures, f"{CONDITIONS}; WEBSOCKET_HANDSHAKE_RATE raised")


async def _accepts(server: Server, users: Sequence[str]) -> float:
    start = time.perf_counter()
    crowd = await connect(server.port, users)
    rate = len(users) / (time.perf_counter() - start)
    crowd.leave()
    await asyncio.sleep(SETTLE_S)
    return rate


# ---- resume and growth


def run_resume(options: Options) -> CaseResult:
    """Measure a reconnect that has missed 100 messages: from the handshake's start to the last one, less a bare one."""
    with _stack() as stack:
        taken = in_loop(_resumes(stack, max(20, options.rounds * 4)))
    figures = [at_most("resume of 100 missed messages", "ms", ours=taken, bound=10)]
    return CaseResult(
        "feed-resume", figures, f"{CONDITIONS}; from the start of the handshake to the last missed message"
    )


async def _resumes(stack: _Stack, times: int) -> list[float]:
    users = _users(1)
    taken: list[float] = []
    async with Publisher.to(stack.redis, users) as publisher:
        start = await publisher.position(users[0])
        await publisher.append(100)
        for _ in range(times):
            began = time.monotonic_ns()
            crowd = await connect(stack.ours.port, users, query=f"&cursor={start}")
            await crowd.tally.reach(100, within_s=ARRIVE_WITHIN_S)
            taken.append((crowd.tally.last_ns - began) / 1e6)
            crowd.leave()
            await asyncio.sleep(0.05)
    return taken


def run_growth(options: Options) -> CaseResult:
    """Measure CPU a delivered message at 2,000 messages a second while the sockets grow from 100 to 5,000."""
    points: list[tuple[float, float]] = []
    figures: list[Figure] = []
    with _stack() as stack:
        for sockets in (100, 500, 2_000, MANY):
            costs = [
                in_loop(_cpu_a_message(stack, _users(sockets), seconds=options.seconds)) for _ in range(options.rounds)
            ]
            figures.append(informative(f"CPU a message, {sockets:,} sockets", "µs", ours=costs))
            points.append((sockets, figures[-1].median))
    grown = [figures[-1].median / figures[0].median]
    figures.append(at_most("CPU a message, 5,000 sockets against 100", "×", ours=grown, bound=1.25))
    title = "CPU a delivered message as sockets grow|sockets|µs a message"
    return CaseResult("feed-growth", figures, CONDITIONS, series={title: points})


async def _cpu_a_message(stack: _Stack, users: Sequence[str], *, seconds: float) -> float:
    async with Publisher.to(stack.redis, users) as publisher:
        crowd = await connect(stack.ours.port, users)
        await asyncio.sleep(SETTLE_S)
        before = stack.ours.cpu_s()
        sent = await publisher.at_rate(2_000, seconds)
        await crowd.tally.reach(sent, within_s=ARRIVE_WITHIN_S)
        spent = stack.ours.cpu_s() - before
        crowd.leave()
        await asyncio.sleep(SETTLE_S)
    return spent / sent * 1e6
