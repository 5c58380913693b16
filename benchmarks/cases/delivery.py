"""What the feed delivers, against a bare relay: throughput, latency, the whole path from Kafka, a push to thousands."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from benchmarks.feed_client import connect
from benchmarks.feed_load import Publisher, in_loop, produce_notifications
from benchmarks.feed_stack import ARRIVE_WITHIN_S, CONDITIONS, MANY, SETTLE_S, FeedStack, feed_and_relay, teachers
from benchmarks.figures import CaseResult, Figure, at_least, at_most, at_most_share
from benchmarks.processes import Server
from benchmarks.rounds import Options, percentile

MESSAGES_A_SECOND = 12_000


def run(options: Options) -> CaseResult:
    """Measure delivered messages a second to 90 and to 2,000 users, and CPU a message; none lost, none twice."""
    figures: list[Figure] = []
    count = int(MESSAGES_A_SECOND * options.seconds)
    with feed_and_relay() as stack:
        for users in (90, 2_000):
            rates: dict[int, list[float]] = {stack.ours.pid: [], stack.floor.pid: []}
            costs: dict[int, list[float]] = {stack.ours.pid: [], stack.floor.pid: []}
            wrong: dict[int, int] = {stack.ours.pid: 0, stack.floor.pid: 0}
            for server in [stack.ours, stack.floor] * options.rounds:
                rate, cpu_us, faults = in_loop(_throughput(server, stack.redis, users, count))
                rates[server.pid].append(rate)
                costs[server.pid].append(cpu_us)
                wrong[server.pid] += faults
            mine, bare = rates[stack.ours.pid], rates[stack.floor.pid]
            figures += [
                at_least(f"delivered, {users:,} users", "1/s", ours=mine, floor=bare, ratio=0.85),
                at_most_share(
                    f"CPU a delivered message, {users:,} users",
                    "µs",
                    ours=costs[stack.ours.pid],
                    floor=costs[stack.floor.pid],
                    ratio=0.75,
                ),
                at_most(f"lost or twice, {users:,} users", "messages", ours=[wrong[stack.ours.pid]], bound=0),
            ]
    return CaseResult("feed", figures, CONDITIONS)


async def _throughput(server: Server, redis_url: str, users: int, count: int) -> tuple[float, float, int]:
    """Return the rate, the CPU microseconds a message, and how many messages were lost or came twice."""
    names = teachers(users)
    async with Publisher.to(redis_url, names) as publisher:
        crowd = await connect(server.port, names)
        await asyncio.sleep(SETTLE_S)
        start, cpu_s = time.monotonic_ns(), server.cpu_s()
        sent = await publisher.as_fast_as_delivered(count, crowd.counters)
        with contextlib.suppress(TimeoutError):
            await crowd.counters.reach(sent, within_s=5)
        cpu_s = server.cpu_s() - cpu_s
        crowd.leave()
        await asyncio.sleep(SETTLE_S)
    counters = crowd.counters
    lost = sent - counters.received
    rate = counters.received / ((counters.last_ns - start) / 1e9)
    return rate, cpu_s / max(1, counters.received) * 1e6, abs(lost) + counters.out_of_order


def run_latency(options: Options) -> CaseResult:
    """Measure the time from publish to client at 5,000 messages a second, 500 users."""
    rate, users = 5_000, teachers(500)
    p50: dict[int, list[float]] = {}
    p99: dict[int, list[float]] = {}
    with feed_and_relay() as stack:
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
        await crowd.counters.reach(sent, within_s=ARRIVE_WITHIN_S)
        crowd.leave()
        await asyncio.sleep(SETTLE_S)
    return crowd.counters.latencies_ms


def run_path(options: Options) -> CaseResult:
    """Measure Kafka → Redis stream → socket at 500 notifications a second, 100 users."""
    rate, users = 500, teachers(100)
    p50: list[float] = []
    p99: list[float] = []
    with feed_and_relay() as stack:
        for _ in range(options.rounds):
            latencies = in_loop(_path(stack, users, rate=rate, seconds=options.seconds))
            p50.append(percentile(latencies, 50))
            p99.append(percentile(latencies, 99))
    figures = [
        at_most("Kafka to socket at 500/s, p50", "ms", ours=p50, bound=10),
        at_most("Kafka to socket at 500/s, p99", "ms", ours=p99, bound=50),
    ]
    return CaseResult("feed-path", figures, f"{CONDITIONS}; broker Tansu, KAFKA_FETCH_MAX_WAIT_MS=10")


async def _path(stack: FeedStack, users: Sequence[str], *, rate: int, seconds: float) -> Sequence[float]:
    crowd = await connect(stack.ours.port, users)
    # The first records wait for the consumer to join its group, which takes seconds and isn't what is measured.
    warming = await produce_notifications(stack.kafka, users, rate=rate, seconds=1, first=0)
    await crowd.counters.reach(warming, within_s=ARRIVE_WITHIN_S)
    crowd.counters.latencies_ms.clear()
    sent = await produce_notifications(stack.kafka, users, rate=rate, seconds=seconds, first=warming)
    await crowd.counters.reach(warming + sent, within_s=ARRIVE_WITHIN_S)
    crowd.leave()
    await asyncio.sleep(SETTLE_S)
    return crowd.counters.latencies_ms


def run_push(options: Options) -> CaseResult:
    """Measure one message to 5,000 sockets of one user: when the last one has it."""
    last: dict[int, list[float]] = {}
    with feed_and_relay() as stack:
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
            await crowd.counters.reach(number * MANY, within_s=ARRIVE_WITHIN_S)
            lasts.append((crowd.counters.last_ns - start) / 1e6)
            await asyncio.sleep(SETTLE_S / 2)
        crowd.leave()
    return lasts
