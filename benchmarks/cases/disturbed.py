"""What one caller who asks much at once, each second, costs everybody else: their p99 beside it and without it."""

import asyncio
import contextlib
import http.client
import json
import statistics
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence

from benchmarks.cases.status import PATH
from benchmarks.feed_client import connect, handshake
from benchmarks.feed_load import Publisher, in_loop
from benchmarks.feed_stack import ARRIVE_WITHIN_S, CONDITIONS, SETTLE_S, FeedStack, feed_and_relay, teachers
from benchmarks.figures import CaseResult, Figure, at_most, informative
from benchmarks.gateway_stack import authorization, gateway, responder
from benchmarks.open_loop import latencies_ms
from benchmarks.rounds import Options, percentile
from benchmarks.servers import kafka, redis

EVERY_S = 1.0
MOST_TIMES = 2.0
"""How much larger the p99 of the others may be beside the caller."""

MESSAGES_A_SECOND = 2_000
USERS = 200
FRAMES = 2_000
MISSED = 500
REQUESTS_A_SECOND = 150
MEGABYTE = 1_000_000

_PING = b'{"type":"ping"}'
_MASKED_PING = b"\x81" + bytes([0x80 | len(_PING)]) + bytes(4) + _PING
"""Masked by zeros, as a client may choose its mask."""

Disturbance = Callable[[FeedStack], Awaitable[None]]


def run_feed(options: Options) -> CaseResult:
    """Measure everybody's p99 beside a client that sends 2,000 frames at once, and beside one that missed 500."""
    disturbances: Mapping[str, Disturbance] = {
        "alone": _nothing,
        "beside 2,000 frames at once": _send_frames,
        "beside a return after 500 missed": _come_back,
    }
    p99: dict[str, list[float]] = {name: [] for name in disturbances}
    with feed_and_relay() as stack:
        in_loop(_fill(stack))
        for _ in range(options.rounds):
            for name, disturbance in disturbances.items():
                latencies = in_loop(_latencies(stack, disturbance, options.seconds))
                p99[name].append(percentile(latencies, 99))
    load = f"{MESSAGES_A_SECOND:,} messages a second to {USERS} users; the caller comes once a second"
    return CaseResult("disturbed-feed", _figures(p99), f"{CONDITIONS}; {load}")


def run_gateway(options: Options) -> CaseResult:
    """Measure everybody's p99 on the status route beside a caller that sends 1 MB of JSON each second."""
    p99: dict[str, list[float]] = {"alone": [], "beside 1 MB of JSON": []}
    with responder() as upstream, redis() as redis_url, kafka() as brokers:
        url = f"http://127.0.0.1:{upstream.port}"
        with gateway(upstream=url, redis=redis_url, kafka=brokers) as ours:
            for name in list(p99) * options.rounds:
                with contextlib.nullcontext() if name == "alone" else _posting(ours.port):
                    latencies = latencies_ms(
                        ours.port, PATH, headers=authorization(), rate=REQUESTS_A_SECOND, seconds=options.seconds
                    )
                p99[name].append(percentile(latencies, 99))
    load = f"one gateway process on core 0; {REQUESTS_A_SECOND} requests a second over 32 connections"
    return CaseResult("disturbed-gateway", _figures(p99), f"{load}; the caller posts once a second")


def _figures(p99: Mapping[str, Sequence[float]]) -> list[Figure]:
    alone = p99["alone"]
    figures = [informative(f"others' p99, {name}", "ms", ours=values) for name, values in p99.items()]
    for name, values in p99.items():
        if name != "alone":
            grown = [statistics.median(values) / statistics.median(alone)]
            figures.append(at_most(f"p99 {name} against alone", "×", ours=grown, bound=MOST_TIMES))
    return figures


async def _latencies(stack: FeedStack, disturbance: Disturbance, seconds: float) -> Sequence[float]:
    users = teachers(USERS)
    async with Publisher.to(stack.redis, users) as publisher:
        crowd = await connect(stack.ours.port, users)
        await asyncio.sleep(SETTLE_S)
        async with _each_second(disturbance, stack):
            sent = await publisher.at_rate(MESSAGES_A_SECOND, seconds)
        await crowd.counters.reach(sent, within_s=ARRIVE_WITHIN_S)
        crowd.leave()
    await asyncio.sleep(SETTLE_S)
    return crowd.counters.latencies_ms


@contextlib.asynccontextmanager
async def _each_second(disturbance: Disturbance, stack: FeedStack) -> AsyncIterator[None]:
    async def repeat() -> None:
        while True:
            await disturbance(stack)
            await asyncio.sleep(EVERY_S)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(repeat())
        try:
            yield
        finally:
            task.cancel()


async def _nothing(_: FeedStack) -> None:
    return


async def _send_frames(stack: FeedStack) -> None:
    """Send all at once, and leave once the feed has refused them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.ours.port)
    writer.write(handshake("frames"))
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_MASKED_PING * FRAMES)
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(EVERY_S):
            while await reader.read(65_536):
                pass
    writer.transport.abort()


async def _fill(stack: FeedStack) -> None:
    async with Publisher.to(stack.redis, ["missed"]) as publisher:
        await publisher.append(MISSED)


async def _come_back(stack: FeedStack) -> None:
    async with Publisher.to(stack.redis, ["missed"]) as publisher:
        end = await publisher.position("missed")
    crowd = await connect(stack.ours.port, ["missed"], query=f"&cursor={end.epoch}:0-0")
    with contextlib.suppress(TimeoutError):
        await crowd.counters.reach(MISSED, within_s=ARRIVE_WITHIN_S)
    crowd.leave()


@contextlib.contextmanager
def _posting(port: int) -> Iterator[None]:
    """Post 1 MB of JSON each second while the block runs."""
    body = json.dumps(
        {"requested_pipeline": "cj_assessment", "pad": [{"n": n} for n in range(MEGABYTE // 12)]}
    ).encode()
    headers = {**authorization(), "Content-Type": "application/json"}
    ended = threading.Event()

    def post() -> None:
        while not ended.wait(EVERY_S):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("POST", "/v1/batches/b1/pipelines", body=body, headers=headers)
                connection.getresponse().read()
            connection.close()

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
