"""What happens to REST while something is broken: two gateways behind a balancer, with ways of their own to break."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import aiohttp

from sandbox.balancer import Backend, TcpBalancer
from sandbox.options import StackOptions
from sandbox.parts import readiness_probe
from sandbox.ports import LOOPBACK, free_port
from sandbox.stack import Stack
from tests.e2e.browser import Browser
from tests.e2e.conftest import UNHURRIED
from tests.faults.figures import Figures
from tests.support.eventually import eventually
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.further_gateway import FurtherGateway, further_gateway

HELD_S = 8.0
POLLERS = 4
POLL_PAUSE_S = 0.1
BACK_WITHIN_S = 90.0
GATEWAYS = 2


@dataclass(frozen=True)
class World:
    """The sandbox, two further gateways, and the ways from them to the result aggregator and to Redis."""

    stack: Stack
    gateways: tuple[FurtherGateway, ...]
    upstream_way: FaultProxy
    redis_way: FaultProxy
    client_way: FaultProxy
    teacher: Browser


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Run it all."""
    async with AsyncExitStack() as running:
        options = StackOptions(phase_s=0.05, gateway_environment=UNHURRIED, logs=folder)
        stack = await running.enter_async_context(Stack(options))
        upstream = urlsplit(stack.addresses.upstreams["ras"]).port or 0
        upstream_way = await running.enter_async_context(FaultProxy(upstream))
        redis_way = await running.enter_async_context(FaultProxy(stack.parts.redis.port))
        ways = {
            "API_GATEWAY_RESULT_AGGREGATOR_URL": f"http://{LOOPBACK}:{upstream_way.port}",
            "API_GATEWAY_REDIS_URL": f"redis://{LOOPBACK}:{redis_way.port}/0",
        }
        gateways = []
        for number in range(GATEWAYS):
            (folder / f"gateway-{number}").mkdir()
            another = further_gateway(stack, folder / f"gateway-{number}", **ways)
            gateways.append(await running.enter_async_context(another))
        backends = [Backend(gateway.port, readiness_probe(gateway.port)) for gateway in gateways]
        balancer = await running.enter_async_context(TcpBalancer(free_port(), backends))
        client_way = await running.enter_async_context(FaultProxy(balancer.port))
        # Each request has a connection of its own, as those of many teachers do.
        connector = aiohttp.TCPConnector(force_close=True)
        session = await running.enter_async_context(aiohttp.ClientSession(connector=connector))
        addresses = replace(stack.addresses, gateway=f"http://{LOOPBACK}:{client_way.port}")
        teacher = await Browser(session, addresses).logged_in(0)
        yield World(stack, tuple(gateways), upstream_way, redis_way, client_way, teacher)


class Answers:
    """What pollers of a batch's status got, and the longest time without a good answer."""

    def __init__(self) -> None:
        self.kinds = Counter[str]()
        self.longest_s = 0.0
        self.good_at = perf_counter()

    def note(self, kind: str) -> None:
        """Note one answer."""
        self.kinds[kind] += 1
        if kind == "200":
            self.longest_s = max(self.longest_s, perf_counter() - self.good_at)
            self.good_at = perf_counter()


Break = Callable[[World], Awaitable[None]]


async def measure(running: World, break_it: Break) -> Figures:
    """Poll a batch's status all the time, break something and mend it; end when answers are good again."""
    batch_id = await running.teacher.new_batch()
    answers = Answers()
    async with asyncio.TaskGroup() as group:
        polling = [group.create_task(_poll(running.teacher, batch_id, answers)) for _ in range(POLLERS)]
        begun = perf_counter()
        await break_it(running)
        mended_at = perf_counter()
        await eventually(lambda: answers.good_at >= mended_at, within_s=BACK_WITHIN_S)
        for poller in polling:
            poller.cancel()
    saw = ", ".join(f"{count} × {kind}" for kind, count in sorted(answers.kinds.items()))
    return Figures(held_s=mended_at - begun, waited_s=answers.longest_s, saw=saw)


async def _poll(teacher: Browser, batch_id: str, answers: Answers) -> None:
    while True:
        try:
            answer = await teacher.call("GET", f"/v1/batches/{batch_id}/status")
        except (aiohttp.ClientError, TimeoutError):
            answers.note("no answer")
        else:
            answers.note(str(answer.status))
        await asyncio.sleep(POLL_PAUSE_S)


def through(way: Callable[[World], FaultProxy], fault: Fault) -> Break:
    """Return how to break a way for a while."""

    async def break_it(running: World) -> None:
        async with way(running).broken(fault):
            await asyncio.sleep(HELD_S)

    return break_it


def reset(way: Callable[[World], FaultProxy]) -> Break:
    """Return how to reset a way's connections five times a second."""

    async def break_it(running: World) -> None:
        for _ in range(int(HELD_S) * 5):
            way(running).reset()
            await asyncio.sleep(0.2)

    return break_it


async def kill_gateway(running: World) -> None:
    """Have one of two gateways killed, and started again."""
    await running.gateways[0].process.kill()
    await asyncio.sleep(HELD_S)
    await running.gateways[0].process.start()


async def freeze_gateway(running: World) -> None:
    """Have one of two gateways stand still."""
    await running.gateways[0].process.freeze()
    await asyncio.sleep(HELD_S)
    running.gateways[0].process.thaw()


async def restart_gateways(running: World) -> None:
    """Have one gateway after the other stopped in good order and started again."""
    for gateway in running.gateways:
        await gateway.process.stop()
        await gateway.process.start()


def to_upstream(running: World) -> FaultProxy:
    """Return the way to the result aggregator."""
    return running.upstream_way


def to_redis(running: World) -> FaultProxy:
    """Return the way to Redis."""
    return running.redis_way


def of_clients(running: World) -> FaultProxy:
    """Return the clients' way to the balancer."""
    return running.client_way


GATEWAY_RUNS: dict[str, Break] = {
    "gateway-redis-dies": through(to_redis, Fault.REFUSED),
    "gateway-redis-slow": through(to_redis, Fault.SLOW),
    "gateway-redis-resets": reset(to_redis),
    "gateway-redis-half-open": through(to_redis, Fault.SILENT),
    "gateway-upstream-slow": through(to_upstream, Fault.SLOW),
    "gateway-upstream-resets": reset(to_upstream),
    "gateway-upstream-half-open": through(to_upstream, Fault.SILENT),
    "gateway-upstream-dies": through(to_upstream, Fault.REFUSED),
    "gateway-replica-dies": kill_gateway,
    "gateway-replica-hangs": freeze_gateway,
    "gateway-replicas-restart": restart_gateways,
    "gateway-balancer-dies": through(of_clients, Fault.REFUSED),
    "gateway-balancer-slow": through(of_clients, Fault.SLOW),
    "gateway-balancer-resets": reset(of_clients),
    "gateway-balancer-half-open": through(of_clients, Fault.SILENT),
}
