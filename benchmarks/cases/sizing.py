"""What docs/operations.md's sizing is reckoned from: CPU and memory, of processes and sockets, and a log's memory."""

import asyncio

from redis.asyncio import Redis

from benchmarks.feed_client import connect
from benchmarks.feed_load import Publisher, in_loop
from benchmarks.feed_stack import feed, teachers
from benchmarks.figures import CaseResult, informative
from benchmarks.gateway_stack import gateway, responder
from benchmarks.processes import Server
from benchmarks.rounds import Options
from benchmarks.servers import kafka, redis

SOCKETS = 1_000
IDLE_S = 30.0
"""The feed's ping interval: each socket is pinged once."""

FETCH_MS = "500"
"""The feed's own default; the other cases have it ask more often."""

USERS, KEPT = 20, 500
"""A full log is bounded by this number of notifications."""

CONDITIONS = (
    f"a process of its own on core 0, all else on core 1; {SOCKETS:,} picows sockets, a user each, idle for "
    f"{IDLE_S:g} s, less what the process takes without any; KAFKA_FETCH_MAX_WAIT_MS={FETCH_MS}; "
    f"logs of {KEPT} messages of 200 bytes"
)


def run(options: Options) -> CaseResult:
    """Measure CPU an accept and an idle socket, memory of idle processes, and of a full log in Redis."""
    alone, accepts, minutes, feeds, gateways, logs = (list[float]() for _ in range(6))
    for _ in range(options.rounds):
        with redis() as redis_url, kafka() as brokers, responder() as upstream:
            with gateway(upstream=f"http://127.0.0.1:{upstream.port}", redis=redis_url, kafka=brokers) as server:
                gateways.append(server.rss_bytes() / 1e6)
            with feed(redis_url=redis_url, brokers=brokers, extra={"KAFKA_FETCH_MAX_WAIT_MS": FETCH_MS}) as server:
                feeds.append(server.rss_bytes() / 1e6)
                none, accept, minute = in_loop(_sockets(server))
            alone.append(none)
            accepts.append(accept)
            minutes.append(minute)
            logs.append(in_loop(_full_log_kb(redis_url)))
    figures = [
        informative("gateway, memory without load", "MB", ours=gateways),
        informative("feed, memory without sockets", "MB", ours=feeds),
        informative("feed, CPU a minute without sockets", "ms", ours=alone),
        informative("CPU an accept", "µs", ours=accepts),
        informative("CPU an idle socket and minute", "µs", ours=minutes),
        informative("Redis, memory of a full log", "KB", ours=logs),
    ]
    return CaseResult("sizing", figures, CONDITIONS)


async def _sockets(server: Server) -> tuple[float, float, float]:
    """Return ms of CPU a minute without sockets, then µs for each accept, and for each socket and minute of idling."""
    started = server.cpu_s()
    await asyncio.sleep(IDLE_S / 2)
    before = server.cpu_s()
    a_minute_s = (before - started) * 120 / IDLE_S
    crowd = await connect(server.port, teachers(SOCKETS))
    await asyncio.sleep(1.0)
    accepted = server.cpu_s()
    await asyncio.sleep(IDLE_S)
    idled = server.cpu_s()
    crowd.leave()
    idling_s = (idled - accepted) * 60 / IDLE_S - a_minute_s
    return a_minute_s * 1e3, (accepted - before) / SOCKETS * 1e6, idling_s / SOCKETS * 1e6


async def _full_log_kb(redis_url: str) -> float:
    async with Redis.from_url(redis_url) as client, Publisher.to(redis_url, teachers(USERS)) as publisher:
        before = (await client.info("memory"))["used_memory"]
        await publisher.append(KEPT * USERS)
        return float((await client.info("memory"))["used_memory"] - before) / USERS / 1e3
