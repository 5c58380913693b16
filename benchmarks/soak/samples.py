"""What the replicas, Redis and the logs look like at one moment."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psutil
from redis.asyncio import Redis

from benchmarks.soak.stack import SoakStack
from sandbox.http_process import HttpProcess

SCANNED_AT_ONCE = 500
NEVER = -1
"""What PTTL answers for a key without expiry; for one that is gone by then it is -2."""

SCRAPE_TIMEOUT = aiohttp.ClientTimeout(total=10)
GAUGES = (
    "feed_unaccounted",
    "feed_records_in_hand",
    "feed_sockets",
    "websockets_open",
    "http_requests_in_flight",
    "feed_records_appended_total",
    "feed_records_duplicate_total",
    "feed_records_dead_lettered_total",
    "feed_rewinds_total",
    "feed_partitions_stalled",
)
_LINE = re.compile(r"^(\w+)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_FAMILY = re.compile(r"\{[^}]*\}|[0-9a-f]{16,}|:[^:]*[0-9][^:]*$|crowd-\d+|\d+\.\d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One moment of one process.

    Attributes:
        at: Unix time.
        replica: Its name, ``gateway-1``.
        pid: Tells its incarnations apart.
        rss: Resident bytes.
        descriptors: Open file descriptors, but those of ``pooled``.
        pooled: Its connections to Redis, whose pool keeps what it once needed; 0 unless it was looked at at rest.
        log_bytes: The size of its log.
        gauges: Its metrics, summed over their labels; empty when it didn't answer.
    """

    at: float
    replica: str
    pid: int
    rss: int
    descriptors: int
    pooled: int
    log_bytes: int
    gauges: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSample:
    """One moment of Redis."""

    at: float
    used_memory: int
    keys: int
    clients: int


@dataclass(frozen=True, slots=True)
class KeyFamily:
    """Redis keys of one kind: how many there are, how many never expire, and their bytes."""

    keys: int
    immortal: int
    memory: int


class Sampler:
    """Looks at a running stack.

    Args:
        stack: what to look at.
        client: asks the replicas for their metrics.
        redis: asks Redis.
    """

    def __init__(self, stack: SoakStack, client: aiohttp.ClientSession, redis: Redis) -> None:
        self._stack = stack
        self._client = client
        self._redis = redis
        self._redis_port = urlsplit(stack.redis).port

    async def replicas(self, *, at_rest: bool = False) -> list[Sample]:
        """Return a sample of each replica that runs; connections to Redis are told apart ``at_rest`` alone.

        To find them takes so long on a machine with many connections that it would slow down the day.
        """
        processes = self._stack.processes.items()
        found = await asyncio.gather(*(self._look(name, one, at_rest=at_rest) for name, one in processes))
        return [sample for sample in found if sample is not None]

    async def store(self) -> RedisSample:
        """Return a sample of Redis."""
        told: dict[str, Any] = await self._redis.info()
        keys = await self._redis.dbsize()
        return RedisSample(
            at=time.time(), used_memory=told["used_memory"], keys=keys, clients=told["connected_clients"]
        )

    async def key_families(self) -> dict[str, KeyFamily]:
        """Return every key of Redis, by kind."""
        counts: Counter[str] = Counter()
        immortal: Counter[str] = Counter()
        memory: Counter[str] = Counter()
        cursor = None
        while cursor != 0:
            cursor, keys = await self._redis.scan(cursor or 0, count=SCANNED_AT_ONCE)
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.pttl(key)
                    pipe.memory_usage(key)
                facts = await pipe.execute()
            for key, expires_ms, size in zip(keys, facts[::2], facts[1::2], strict=True):
                family = family_of(name_of(key))
                counts[family] += 1
                immortal[family] += expires_ms == NEVER
                memory[family] += size or 0
        return {name: KeyFamily(counts[name], immortal[name], memory[name]) for name in sorted(counts)}

    async def _look(self, name: str, process: HttpProcess, *, at_rest: bool) -> Sample | None:
        if not process.running or process.pid is None:
            return None
        try:
            system = psutil.Process(process.pid)
            rss, descriptors = system.memory_info().rss, system.num_fds()
            pooled = await asyncio.to_thread(self._count_pooled, system) if at_rest else 0
        except psutil.Error:
            return None
        return Sample(
            at=time.time(),
            replica=name,
            pid=process.pid,
            rss=rss,
            descriptors=descriptors - pooled,
            pooled=pooled,
            log_bytes=process.log.stat().st_size,
            gauges=await self._scrape(process),
        )

    def _count_pooled(self, system: psutil.Process) -> int:
        return sum(one.raddr[1:] == (self._redis_port,) for one in system.net_connections("tcp"))

    async def _scrape(self, process: HttpProcess) -> dict[str, float]:
        url = process.probes[0].removesuffix("/readyz") + "/metrics"
        try:
            async with self._client.get(url, timeout=SCRAPE_TIMEOUT) as answer:
                return read_gauges(await answer.text())
        except (aiohttp.ClientError, TimeoutError):
            return {}


def read_gauges(exposition: str) -> dict[str, float]:
    """Return the metrics of GAUGES in Prometheus' text format, summed over their labels."""
    sums: dict[str, float] = {}
    for name, value in _LINE.findall(exposition):
        if name in GAUGES:
            sums[name] = sums.get(name, 0.0) + float(value)
    return sums


def name_of(key: bytes | str) -> str:
    """Return a key as text."""
    return key if isinstance(key, str) else key.decode(errors="replace")


def family_of(key: str) -> str:
    """Return the kind of a Redis key: what is a user's, an address's or an event's own becomes ``*``."""
    return _FAMILY.sub(lambda found: ":*" if found[0].startswith(":") else "*", key)
