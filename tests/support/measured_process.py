"""A program in a process of its own, whose memory is watched."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

SAMPLE_EVERY_S = 0.01


@dataclass(slots=True)
class Growth:
    """How much resident memory grew beyond what it was at the block's beginning, at its peak, in bytes."""

    before: int
    peak: int

    @property
    def bytes(self) -> int:
        """The growth."""
        return self.peak - self.before


@dataclass(frozen=True, slots=True)
class MeasuredProcess:
    """A program that printed the port it serves on."""

    port: int
    pid: int

    @asynccontextmanager
    async def growing(self) -> AsyncIterator[Growth]:
        """Watch the process for the block."""
        process = psutil.Process(self.pid)
        before = process.memory_info().rss
        growth = Growth(before, before)

        async def watch() -> None:
            while True:
                growth.peak = max(growth.peak, process.memory_info().rss)
                await asyncio.sleep(SAMPLE_EVERY_S)

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch())
            try:
                yield growth
            finally:
                growth.peak = max(growth.peak, process.memory_info().rss)
                watching.cancel()


@asynccontextmanager
async def run_measured(module: str, *arguments: str) -> AsyncIterator[MeasuredProcess]:
    """Run ``python -m module arguments`` for the block; its first line is its port."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, stdout=PIPE)
    try:
        yield MeasuredProcess(await _port(process), process.pid)
    finally:
        process.terminate()
        await process.communicate()


async def _port(process: Process) -> int:
    if process.stdout is None:
        message = "the process has no output to read its port from"
        raise RuntimeError(message)
    async with asyncio.timeout(60):
        return int(await process.stdout.readline())
