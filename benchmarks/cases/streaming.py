"""Streamed routes against a bare streaming proxy: small and large answers, and large uploads."""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from benchmarks.figures import CaseResult, Figure, at_least, at_most, informative
from benchmarks.gateway_stack import authorization, floor, gateway, responder
from benchmarks.processes import Server
from benchmarks.rounds import Options, alternate, cpu, rates
from benchmarks.servers import kafka, redis
from benchmarks.uploads import Upload, send
from benchmarks.wrk import MISSING, load, wrk_path

MEGABYTE = 1_000_000
UPLOAD_BYTES = 95 * MEGABYTE
FILE_BYTES = UPLOAD_BYTES // 2
CONDITIONS = "one gateway process on core 0; load, raw upstream and Valkey on core 1"


@dataclass(frozen=True, slots=True)
class _Stack:
    ours: Server
    floor: Server


@contextlib.contextmanager
def _stack() -> Iterator[_Stack]:
    with responder() as upstream, redis() as redis_url, kafka() as brokers:
        url = f"http://127.0.0.1:{upstream.port}"
        with (
            floor("streaming", {"UPSTREAM_URL": url}) as bare,
            gateway(upstream=url, redis=redis_url, kafka=brokers) as ours,
        ):
            yield _Stack(ours, bare)


def run(options: Options) -> CaseResult:
    """Measure ``GET /v1/classes/…`` with answers of 2 KB and 1 MB."""
    if wrk_path() is None:
        return CaseResult("stream", left_out=MISSING)
    figures: list[Figure] = []
    with _stack() as stack:
        for label, size, least in (("2 KB", 2_048, 0.85), ("1 MB", 2**20, 0.9)):
            drive = partial(load, path=f"/v1/classes/size/{size}", headers=authorization())
            mine, bare = alternate(partial(drive, stack.ours), partial(drive, stack.floor), options=options)
            figures += [
                at_least(
                    f"streamed proxy, {label}, requests a second",
                    "1/s",
                    ours=rates(mine),
                    floor=rates(bare),
                    ratio=least,
                ),
                informative(f"streamed proxy, {label}, CPU a request", "µs", ours=cpu(mine), floor=cpu(bare)),
            ]
    return CaseResult("stream", figures, CONDITIONS)


def run_upload(options: Options) -> CaseResult:
    """Measure uploads of 95 MB: rate against the bare proxy, and growth of memory, one and 20 at once."""
    upload = Upload(total_bytes=UPLOAD_BYTES, file_bytes=FILE_BYTES, headers=authorization())
    with _stack() as stack:
        ours_rate: list[float] = []
        floor_rate: list[float] = []
        growth: list[float] = []
        _seconds(stack.ours, upload)
        _seconds(stack.floor, upload)
        for _ in range(options.rounds):
            with _peak_growth(stack.ours) as grown:
                ours_rate.append(upload.total_bytes / MEGABYTE / _seconds(stack.ours, upload))
            growth.append(grown() / MEGABYTE)
            floor_rate.append(upload.total_bytes / MEGABYTE / _seconds(stack.floor, upload))
        with _peak_growth(stack.ours) as grown, ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: send(stack.ours.port, upload), range(20)))
        together = [grown() / MEGABYTE]
    figures = [
        at_least("upload, 95 MB multipart", "MB/s", ours=ours_rate, floor=floor_rate, ratio=0.9),
        at_most("upload, 95 MB, RSS growth", "MB", ours=growth, bound=16),
        at_most("uploads, 20 at once, RSS growth", "MB", ours=together, bound=64),
    ]
    return CaseResult("upload", figures, CONDITIONS)


def _seconds(server: Server, upload: Upload) -> float:
    start = time.perf_counter()
    send(server.port, upload)
    return time.perf_counter() - start


@contextlib.contextmanager
def _peak_growth(server: Server) -> Iterator[Callable[[], float]]:
    """Sample the server's RSS every 10 ms during the block; the yielded function tells the growth in bytes."""
    before = statistics.median(server.rss_bytes() for _ in range(3))
    peak = before
    ended = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not ended.wait(0.01):
            peak = max(peak, server.rss_bytes())

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield lambda: peak - before
    finally:
        ended.set()
        sampler.join()
