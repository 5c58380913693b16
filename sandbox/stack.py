"""The whole platform as processes: started in order, stopped in reverse."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

from sandbox.addresses import Addresses
from sandbox.errors import ProcessEndedError
from sandbox.kafka_server import KafkaServer
from sandbox.options import StackOptions
from sandbox.parts import Parts, make_parts
from sandbox.processes import ManagedProcess

FOLDER_PREFIX = "huleedu-sandbox-"
FAILED_RUNS_KEPT_S = 3 * 24 * 60 * 60.0
"""A sandbox that still runs writes to its logs, and so keeps its folder."""

OnReady = Callable[[str, float], None]


def tell_nobody(_name: str, _seconds: float) -> None:
    """Ignore the progress of a start."""


class Stack:
    """Valkey, Tansu, the simulated services, the gateway and the WebSocket service, on loopback ports.

    ``async with Stack(options) as stack`` starts them; leaving the block stops them, in reverse order. A start that
    fails or is cancelled stops what had been started. The folder with the logs is removed in the end, unless
    it was chosen, or something failed (being cancelled is no failure), or :attr:`keep_logs` was set.

    Args:
        options: what to start and how.
        on_ready: called for each process that became ready: its name, and seconds since the start.
        broker: a broker to start in place of Tansu, with the topics of :data:`sandbox.parts.TOPICS`.
    """

    def __init__(
        self,
        options: StackOptions | None = None,
        *,
        on_ready: OnReady = tell_nobody,
        broker: KafkaServer | None = None,
    ) -> None:
        self._options = options or StackOptions()
        self._on_ready = on_ready
        self._started = AsyncExitStack()
        self.keep_logs = self._options.logs is not None
        self.folder = new_folder(self._options.logs)
        self.parts: Parts = make_parts(self.folder, self._options, broker=broker)

    @property
    def page_port(self) -> int | None:
        """Where the page is to be served, None when there is to be none."""
        return self._options.page_port

    @property
    def addresses(self) -> Addresses:
        """Where everything is."""
        return self.parts.addresses

    async def __aenter__(self) -> Self:
        """Start everything and return once it is ready.

        Raises:
            SandboxError: naming the part that failed and its log; everything is stopped by then.
        """
        begun = perf_counter()
        try:
            for stage in self.parts.stages:
                self._started.push_async_callback(stop_together, stage)
                await self._start_together(stage, begun)
            if self.parts.balancer is not None:
                await self._started.enter_async_context(self.parts.balancer)
        except BaseException as failure:
            await self._end(failure)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop everything, last started first."""
        await self._end(error)

    async def _end(self, error: BaseException | None) -> None:
        await self._started.aclose()
        failed = error is not None and not isinstance(error, asyncio.CancelledError)
        if not failed and not self.keep_logs:
            shutil.rmtree(self.folder)

    def dead(self) -> list[ProcessEndedError]:
        """Return each process that ended though nobody stopped it: who, how, and where its log is."""
        ended = [process for process in self.parts.processes.values() if process.died]
        self.keep_logs = self.keep_logs or bool(ended)
        return [ProcessEndedError(each.name, exit_code=each.exit_code, log=each.log) for each in ended]

    async def _start_together(self, stage: Sequence[ManagedProcess], begun: float) -> None:
        async def start(process: ManagedProcess) -> None:
            await process.start()
            self._on_ready(process.name, perf_counter() - begun)

        try:
            async with asyncio.TaskGroup() as starting:
                for process in stage:
                    starting.create_task(start(process))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None


async def stop_together(processes: Sequence[ManagedProcess]) -> None:
    """Stop processes that don't need each other."""
    async with asyncio.TaskGroup() as stopping:
        for process in processes:
            stopping.create_task(process.stop())


def new_folder(chosen: Path | None) -> Path:
    """Return an existing folder for logs: the chosen one, or a fresh temporary one."""
    if chosen is None:
        remove_old_folders(Path(tempfile.gettempdir()))
        return Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen.resolve()


def remove_old_folders(temporary: Path, *, kept_s: float = FAILED_RUNS_KEPT_S) -> None:
    """Remove the folders that failed runs left in ``temporary`` longer than ``kept_s`` seconds ago."""
    for folder in temporary.glob(f"{FOLDER_PREFIX}*"):
        with suppress(OSError):  # it is another user's, or another sandbox removes it
            written = max(each.stat().st_mtime for each in (folder, *folder.rglob("*")))
            if folder.stat().st_uid == os.getuid() and time.time() - written > kept_s:
                shutil.rmtree(folder)
