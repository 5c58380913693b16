"""A replica of the feed is killed: how long until all its clients are back, and what that costs the others."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import orjson
import picows

from benchmarks.feed_client import CONNECTING_AT_ONCE, ClientCounters, Socket
from benchmarks.feed_load import Publisher, in_loop
from benchmarks.feed_stack import MANY, SETTLE_S, feed, teachers
from benchmarks.figures import CaseResult, informative
from benchmarks.processes import Server
from benchmarks.rounds import Options, percentile
from benchmarks.servers import kafka, redis
from benchmarks.tokens import mint

RATE = 500
BACK_WITHIN_S = 120.0
LONGEST_WAIT_S = 30.0
CONDITIONS = (
    "two feed processes on core 0, 2,500 picows sockets each, the one killed (SIGKILL); clients spread their return as "
    "feed.ready says and resume by cursor; 500 messages a second to the others; publisher and Valkey on core 1"
)


@dataclass(slots=True)
class Crowd:
    """The clients of one replica: who is connected where, and what the first frame said."""

    port: int
    counters: ClientCounters = field(default_factory=ClientCounters)
    ready: dict[str, float] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    transports: list[picows.WSTransport] = field(default_factory=list)
    lost: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    window_ms: float = 0.0
    attempts: int = 0


class Client(Socket):
    """One connection: says when ``feed.ready`` has come, and when it is lost after that."""

    def __init__(self, crowd: Crowd, user: str) -> None:
        super().__init__(crowd.counters)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._user = user

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Take the first frame; count the others."""
        crowd, user = self._crowd, self._user
        if self.ready.done() or frame.msg_type != picows.WSMsgType.TEXT:
            super().on_ws_frame(transport, frame)
            return
        data = orjson.loads(frame.get_payload_as_bytes())["data"]
        crowd.ready[user], crowd.cursors[user] = time.monotonic(), data["cursor"]
        crowd.window_ms = data["retry_after_ms"]
        self.ready.set_result(None)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Have the client come back, or fail who waits for its first frame."""
        del transport
        if not self.ready.done():
            self.ready.set_exception(ConnectionResetError())
        elif self._crowd.ready.pop(self._user, None) is not None:
            self._crowd.lost.put_nowait(self._user)


@dataclass(frozen=True, slots=True)
class Storm:
    """One storm: when each client was back (s after the kill), the others' latencies (ms), and what it took."""

    returns: Sequence[float]
    calm_ms: Sequence[float]
    stormy_ms: Sequence[float]
    attempts: float
    cpu_ms: float


def run(options: Options) -> CaseResult:
    """Measure a reconnect storm: 5,000 sockets on two replicas, one of which is killed."""
    storms: list[Storm] = []
    for number in range(options.rounds):
        with two_feeds() as (doomed, survivor, redis_url):
            storms.append(in_loop(_storm(doomed, survivor, redis_url, seconds=options.seconds, seed=number)))
    figures = [
        informative("back, half of 2,500", "s", ours=[percentile(storm.returns, 50) for storm in storms]),
        informative("back, the last of 2,500", "s", ours=[max(storm.returns) for storm in storms]),
        informative("attempts a client", "", ours=[storm.attempts for storm in storms]),
        informative("the survivor's CPU a client", "ms", ours=[storm.cpu_ms for storm in storms]),
        informative("others' p99 before", "ms", ours=[percentile(storm.calm_ms, 99) for storm in storms]),
        informative("others' p99 until all are back", "ms", ours=[percentile(storm.stormy_ms, 99) for storm in storms]),
    ]
    return CaseResult("storm", figures, CONDITIONS)


@contextlib.contextmanager
def two_feeds() -> Iterator[tuple[Server, Server, str]]:
    """Run two replicas on one Valkey and one broker."""
    with (
        redis() as url,
        kafka() as brokers,
        feed(redis_url=url, brokers=brokers) as one,
        feed(redis_url=url, brokers=brokers) as other,
    ):
        yield one, other, url


async def _storm(doomed: Server, survivor: Server, redis_url: str, *, seconds: float, seed: int) -> Storm:
    users = teachers(MANY)
    leaving, staying = Crowd(doomed.port), Crowd(survivor.port)
    random = Random(seed)
    await _connect(leaving, users[::2], random)
    await _connect(staying, users[1::2], random)
    await asyncio.sleep(SETTLE_S)
    async with Publisher.to(redis_url, users[1::2]) as publisher, asyncio.TaskGroup() as tasks:
        await publisher.at_rate(RATE, seconds)
        await asyncio.sleep(SETTLE_S)
        calm = list(staying.counters.latencies_ms)
        staying.counters.latencies_ms.clear()
        publishing = tasks.create_task(publisher.at_rate(RATE, BACK_WITHIN_S))
        await asyncio.sleep(SETTLE_S)
        os.kill(doomed.pid, signal.SIGKILL)
        killed, spent_s = time.monotonic(), survivor.cpu_s()
        leaving.port, leaving.attempts = survivor.port, 0
        await _come_back(leaving, len(users[::2]), random)
        spent_s = survivor.cpu_s() - spent_s
        publishing.cancel()
    count = len(users[::2])
    storm = Storm(
        returns=[at - killed for at in leaving.ready.values()],
        calm_ms=calm,
        stormy_ms=staying.counters.latencies_ms,
        attempts=leaving.attempts / count,
        cpu_ms=spent_s / count * 1000,
    )
    for transport in (*leaving.transports, *staying.transports):
        transport.disconnect()
    return storm


async def _connect(crowd: Crowd, users: Sequence[str], random: Random) -> None:
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one(user: str) -> None:
        async with gate:
            await _persist(crowd, user, random, window_s=0.0)

    async with asyncio.TaskGroup() as group:
        for user in users:
            group.create_task(one(user))


async def _come_back(crowd: Crowd, count: int, random: Random) -> None:
    """Have each client that lost its connection come back by itself; return once all are back."""
    async with asyncio.timeout(BACK_WITHIN_S), asyncio.TaskGroup() as group:
        for _ in range(count):
            user = await crowd.lost.get()
            group.create_task(_persist(crowd, user, random, window_s=crowd.window_ms / 1000))


async def _persist(crowd: Crowd, user: str, random: Random, *, window_s: float) -> None:
    """Connect at a moment within the window, and after each failure within twice the one before, until it works."""
    while True:
        await asyncio.sleep(random.uniform(0, min(LONGEST_WAIT_S, window_s)))
        try:
            await _open(crowd, user)
        except (OSError, picows.WSError, TimeoutError):
            window_s = max(1.0, 2 * window_s)
        else:
            return


async def _open(crowd: Crowd, user: str) -> None:
    """Connect and wait for the first frame; raises OSError or WSError when there is none."""
    crowd.attempts += 1
    url = f"ws://127.0.0.1:{crowd.port}/ws?cursor={crowd.cursors.get(user, '')}"
    offered = {"Sec-WebSocket-Protocol": f"huleedu.v1, bearer.{mint(user)}"}
    client = Client(crowd, user)
    transport, _ = await picows.ws_connect(lambda: client, url, extra_headers=offered, websocket_handshake_timeout=30)
    crowd.transports.append(transport)
    await client.ready
