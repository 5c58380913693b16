"""The program of :mod:`tests.support.web_program`, started and watched by a test."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from pydantic import JsonValue

from tests.support.eventually import PATIENCE_S

READY_WITHIN_S = 120.0
GONE_WITHIN_S = 120.0

Line = dict[str, JsonValue]


@dataclass(slots=True)
class WebProcess:
    """A process that serves: its port, and the log lines it has written."""

    process: Process
    port: int = 0
    lines: list[Line] = field(default_factory=list)

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def exit_code(self) -> int:
        """Wait for the end of process and log; return the exit code."""
        async with asyncio.timeout(GONE_WITHIN_S):
            await self.read_log()
            return await self.process.wait()

    async def read_log(self, until: str | None = None) -> Line:
        """Read the log until an event of that name, or to its end."""
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            line: Line = orjson.loads(raw)
            self.lines.append(line)
            if line["event"] == until:
                return line
        return {}

    @property
    def events(self) -> list[JsonValue]:
        """The names of what was logged, in order."""
        return [line["event"] for line in self.lines]


@asynccontextmanager
async def web_process(*, grace_s: float = 0.4, patience_s: float = PATIENCE_S) -> AsyncIterator[WebProcess]:
    """Start the program and wait until it serves; it is gone at the block's end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.web_program", str(grace_s), str(patience_s), stdout=PIPE, limit=1_048_576
    )
    running = WebProcess(process)
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            ready = await running.read_log("serving.ready")
        assert isinstance(ready["port"], int)
        running.port = ready["port"]
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
