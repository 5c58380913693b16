"""The status route: rate against the floor, added latency at half load, and cost as the number of batches grows."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.figures import CaseResult, Figure, at_least, at_most, informative
from benchmarks.gateway_stack import authorization, floor, gateway, responder
from benchmarks.open_loop import latencies_ms
from benchmarks.processes import Server
from benchmarks.rounds import Options, alternate, cpu, percentile, rates
from benchmarks.servers import kafka, redis
from benchmarks.wrk import MISSING, load, wrk_path

PATH = "/v1/batches/b1/status"
DIRECT_PATH = "/internal/v1/batches/b1/status"
CONDITIONS = "one gateway process on core 0; wrk -t1 -c32, raw 2 KB upstream and Valkey on core 1; access log to a file"


@dataclass(frozen=True, slots=True)
class _Stack:
    ours: Server
    floor: Server
    upstream: Server


@contextlib.contextmanager
def _stack() -> Iterator[_Stack]:
    with responder() as upstream, redis() as redis_url, kafka() as brokers:
        url = f"http://127.0.0.1:{upstream.port}"
        with (
            floor("status", {"UPSTREAM_URL": url}) as bare,
            gateway(upstream=url, redis=redis_url, kafka=brokers) as ours,
        ):
            yield _Stack(ours, bare, upstream)


def run(options: Options) -> CaseResult:
    """Measure the rate of the status route with everything on, against Quart + Dishka + PyJWT + aiohttp alone."""
    if wrk_path() is None:
        return CaseResult("status", left_out=MISSING)
    with _stack() as stack:
        drive = partial(load, path=PATH, headers=authorization())
        mine, bare = alternate(partial(drive, stack.ours), partial(drive, stack.floor), options=options)
    figures = [
        at_least("status route, requests a second", "1/s", ours=rates(mine), floor=rates(bare), ratio=1.0),
        informative("status route, CPU a request", "µs", ours=cpu(mine), floor=cpu(bare)),
        informative("status route at 32 connections, p99", "ms", ours=[one.p99_ms for one in mine]),
    ]
    return CaseResult("status", figures, CONDITIONS)


def run_latency(options: Options) -> CaseResult:
    """Measure what the gateway adds to a direct call of the upstream, at half the rate it can do.

    What the floor adds at that rate tells what of it is the machine's doing: the floor waits for the same cores.
    """
    if wrk_path() is None:
        return CaseResult("latency", left_out=MISSING)
    with _stack() as stack:
        headers = authorization()
        rate = load(stack.ours, PATH, headers=headers, seconds=options.seconds).rate / 2
        drive = partial(latencies_ms, headers=headers, rate=rate, seconds=options.seconds)
        ours, bare = list[_Added](), list[_Added]()
        for _ in range(options.rounds):
            direct = drive(stack.upstream.port, DIRECT_PATH)
            ours.append(_added(drive(stack.ours.port, PATH), direct))
            bare.append(_added(drive(stack.floor.port, PATH), direct))
    figures = [
        at_most(
            f"added latency at half load, p{percent}",
            "ms",
            ours=[added[percent] for added in ours],
            floor=[added[percent] for added in bare],
            bound=bound,
        )
        for percent, bound in _ADDED_AT_MOST_MS.items()
    ]
    return CaseResult("latency", figures, f"{CONDITIONS}; open loop at {rate:,.0f} requests/s over 32 connections")


_Added = Mapping[int, float]
"""Milliseconds by the percentile."""

_ADDED_AT_MOST_MS: _Added = {50: 1.2, 99: 4.0}


def _added(through: Sequence[float], direct: Sequence[float]) -> _Added:
    return {percent: percentile(through, percent) - percentile(direct, percent) for percent in _ADDED_AT_MOST_MS}


def run_growth(options: Options) -> CaseResult:
    """Measure CPU a request while the number of distinct batches asked for grows from 1 to 10,000."""
    if wrk_path() is None:
        return CaseResult("growth", left_out=MISSING)
    points: list[tuple[float, float]] = []
    figures: list[Figure] = []
    with _stack() as stack, tempfile.TemporaryDirectory() as folder:
        load(stack.ours, PATH, headers=authorization(), seconds=options.seconds)
        for batches in (1, 100, 1_000, 10_000):
            script = Path(folder, f"{batches}.lua")
            script.write_text(_LUA % batches)
            drive = partial(load, stack.ours, PATH, headers=authorization(), seconds=options.seconds, script=script)
            costs = cpu([drive() for _ in range(options.rounds)])
            figure = informative(f"CPU a request, {batches:,} batches", "µs", ours=costs)
            figures.append(figure)
            points.append((batches, figure.median))
    grown = [figures[-1].median / figures[0].median]
    figures.append(at_most("CPU a request, 10,000 batches against 1", "×", ours=grown, bound=1.10))
    title = "CPU a request as the number of batches grows|distinct batches|µs a request"
    return CaseResult("growth", figures, CONDITIONS, series={title: points})


_LUA = """
local n = %d
local i = 0
function request()
  i = (i + 1) %% n
  return wrk.format("GET", "/v1/batches/batch-" .. i .. "/status")
end
"""
