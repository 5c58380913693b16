"""A soak from beginning to end: the stack, the load, the disturbances, the samples."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from redis.asyncio import Redis

from benchmarks.soak.disturbances import Window, disturb, plan_disturbances
from benchmarks.soak.load.plan import Plan
from benchmarks.soak.outcome import Outcome
from benchmarks.soak.samples import Sampler
from benchmarks.soak.stack import FEED, GATEWAY, SoakStack, StackPlan, running_stack
from sandbox.environment import base_environment
from sandbox.errors import SandboxError

AT_REST_S = 6.0
"""How long everything may settle after the last client has left."""

LOAD_ENDS_WITHIN_S = 300.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakPlan:
    """One soak: how long, how many teachers, which broker, which randomness, where its files go."""

    minutes: float
    teachers: int
    apache: bool
    seed: int
    folder: Path

    @property
    def seconds(self) -> float:
        """How long load is generated, once everybody has arrived."""
        return self.minutes * 60

    @property
    def sample_every_s(self) -> float:
        """How often everything is sampled: a hundred times, and no oftener than each second and a half."""
        return max(1.5, min(10.0, self.seconds / 100))


class Conductor:
    """Runs one soak.

    Args:
        plan: what to run.
        tell: gets lines for people.
    """

    def __init__(self, plan: SoakPlan, tell: Tell) -> None:
        self._plan = plan
        self._tell = tell
        self._outcome = Outcome()
        self._begun = asyncio.Event()
        self._interrupted = asyncio.Event()

    async def run(self) -> Outcome:
        """Run it; SIGINT or SIGTERM ends the day early, and what was seen until then is returned.

        Raises:
            SandboxError: a part doesn't start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupted.set)
        stack_plan = StackPlan(
            folder=self._plan.folder,
            teachers=self._plan.teachers,
            apache=self._plan.apache,
            census_every_s=self._plan.sample_every_s * 2,
        )
        async with (
            running_stack(stack_plan, on_ready=lambda name, s: self._tell(f"{s:5.1f} s  {name} is ready")) as stack,
            sampling(stack) as sampler,
        ):
            await self._run_on(stack, sampler)
        self._outcome.censuses = read_censuses(stack.census)
        self._outcome.interrupted = self._interrupted.is_set()
        return self._outcome

    async def _run_on(self, stack: SoakStack, sampler: Sampler) -> None:
        outcome = self._outcome
        outcome.rest_before = await sampler.replicas(at_rest=True)
        async with asyncio.TaskGroup() as tasks:
            working = [tasks.create_task(self._keep_sampling(sampler)), tasks.create_task(self._disturb(stack))]
            await self._load(stack)
            for task in working:
                task.cancel()
        for name, process in stack.processes.items():  # a disturbance that was cut off leaves one away
            if not process.running:
                self._tell(f"{name} is started again")
                await process.start()
        await asyncio.sleep(AT_REST_S)
        outcome.rest_after = await sampler.replicas(at_rest=True)
        outcome.families = await sampler.key_families()

    async def _load(self, stack: SoakStack) -> None:
        """Run the load generator to its end, and read its results."""
        folder, results = self._plan.folder, self._plan.folder / "load.json"
        plan = Plan(
            gateway=stack.gateway,
            feed=stack.feed,
            kafka=stack.kafka,
            teachers=self._plan.teachers,
            seconds=self._plan.seconds,
            seed=self._plan.seed,
            results=str(results),
        )
        plan.write(folder / "plan.json")
        with (folder / "load.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-X", "faulthandler", "-m", "benchmarks.soak.load", str(folder / "plan.json")),
                stdout=subprocess.PIPE,
                stderr=log,
                env=base_environment(),
                start_new_session=True,  # a terminal's Ctrl-C comes to this process alone
            )
        try:
            async with asyncio.TaskGroup() as tasks:
                stopping = tasks.create_task(self._stop_when_interrupted(process))
                await self._follow(process)
                stopping.cancel()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            self._blame(f"the load generator ended with {process.returncode}; its log: {folder / 'load.log'}")
        if results.exists():
            self._outcome.load = json.loads(results.read_text())

    async def _stop_when_interrupted(self, process: asyncio.subprocess.Process) -> None:
        await self._interrupted.wait()
        self._tell("Interrupted: the day ends, the books are closed …")
        process.send_signal(signal.SIGTERM)

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Tell the load generator's progress until it ends."""
        if process.stdout is None:
            return
        began = time.monotonic()
        async for line in process.stdout:
            told = json.loads(line)
            if told["phase"] == "day" and not self._begun.is_set():
                self._outcome.began = time.time()
                self._begun.set()
            self._tell(f"{time.monotonic() - began:6.0f} s  {progress_line(told)}")
        await process.wait()

    async def _keep_sampling(self, sampler: Sampler) -> None:
        outcome = self._outcome
        while True:
            outcome.samples += await sampler.replicas()
            outcome.store.append(await sampler.store())
            await asyncio.sleep(self._plan.sample_every_s)

    async def _disturb(self, stack: SoakStack) -> None:
        await self._begun.wait()
        planned = plan_disturbances(Random(self._plan.seed), (GATEWAY, FEED), seconds=self._plan.seconds)
        try:
            await disturb(planned, stack.processes, on_window=self._note)
        except SandboxError as failure:
            self._blame(str(failure))

    def _blame(self, what: str) -> None:
        self._outcome.failed_parts.append(what)
        self._tell(what)

    def _note(self, window: Window) -> None:
        self._outcome.windows.append(window)
        took = window.end - window.begin
        exit_code = "" if window.exit_code in {0, -9} else f", exit code {window.exit_code}"
        self._tell(f"          {window.kind}: {window.service}-{window.replica}, back after {took:.1f} s{exit_code}")


def progress_line(told: dict[str, Any]) -> str:
    """Return one line of progress."""
    return (
        f"{told['phase']:8} {told['ready']} feeds, {told['requests']:,} requests ({told['errors']} errors, "
        f"{told['in_flight']} open), {told['produced']:,} notifications, {told['missing']} on their way, "
        f"{told['twice']} twice"
    )


@asynccontextmanager
async def sampling(stack: SoakStack) -> AsyncIterator[Sampler]:
    """Have a sampler for ``stack``."""
    async with aiohttp.ClientSession() as client, Redis.from_url(stack.redis) as redis:
        yield Sampler(stack, client, redis)


def read_censuses(folder: Path) -> dict[int, list[dict[str, Any]]]:
    """Return what the replicas wrote; a line that a kill cut short is left out."""
    found: dict[int, list[dict[str, Any]]] = {}
    for path in folder.glob("*.jsonl"):
        lines = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
        found[int(path.stem)] = [json.loads(line) for line in lines]
    return found
