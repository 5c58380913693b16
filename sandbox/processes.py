"""Processes the sandbox starts, and stops by their id."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from sandbox import tied
from sandbox.errors import NotReadyError, ProcessEndedError
from sandbox.pauses import apart_from_stress

POLL_INTERVAL_S = 0.02
KILL_DEADLINE_S = 30.0


async def became_true(condition: Callable[[], Awaitable[bool]], *, within_s: float) -> bool:
    """Wait until ``condition`` answers true; return False when it has not after ``within_s`` seconds."""
    try:
        async with asyncio.timeout(within_s):
            while True:
                if await condition():
                    return True
                await asyncio.sleep(POLL_INTERVAL_S)
    except TimeoutError:
        return False


class ManagedProcess:
    """One operating system process: its command, its log, its life.

    It runs in a session of its own, so that Ctrl-C reaches the sandbox alone, and is killed by the kernel when
    the thread that launched it ends (Linux), so that a killed sandbox leaves nothing behind.

    Args:
        name: what people call it, in messages and for :mod:`sandbox.faults`.
        command: program and arguments.
        log: the file that receives what the process writes; appended to, so that it survives a restart.
        environment: the whole environment of the process; None is this process's own.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.log = log
        self.environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False

    @property
    def pid(self) -> int | None:
        """The id of the process as it was last launched; None before."""
        return None if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process was launched and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def died(self) -> bool:
        """Whether the process was launched and has ended, though neither :meth:`stop` nor :meth:`kill` was called."""
        return self._wanted and not self.running

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs and before it was launched."""
        return None if self._process is None else self._process.poll()

    def launch(self) -> None:
        """Start the process and return at once."""
        self._wanted = True
        shim = [sys.executable, "-I", "-S", tied.__file__, str(os.getpid())]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*shim, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self.environment is None else dict(self.environment),
                start_new_session=True,
            )

    async def start(self) -> None:
        """Start the process and return once it is ready: a plain one is at once.

        Raises:
            SandboxError: when it ends or does not become ready.
        """
        self.launch()

    async def ready(self, is_ready: Callable[[], Awaitable[bool]], *, within_s: float) -> None:
        """Return once ``is_ready`` answers true.

        Raises:
            ProcessEndedError: when the process ends first.
            NotReadyError: after ``within_s`` seconds.
        """

        async def ready_or_ended() -> bool:
            return await is_ready() or not self.running

        if not await became_true(ready_or_ended, within_s=within_s):
            raise NotReadyError(self.name, waited_s=within_s, log=self.log)
        self.check()

    def check(self) -> None:
        """Raise ProcessEndedError unless the process runs."""
        if not self.running:
            raise ProcessEndedError(self.name, exit_code=self.exit_code, log=self.log)

    def send_signal(self, number: signal.Signals) -> None:
        """Send the process a signal; nothing happens when it has ended."""
        if self._process is not None:
            self._process.send_signal(number)

    async def freeze(self) -> None:
        """Have the process stand still (SIGSTOP) and return when it does: a busy machine may take a moment."""
        with apart_from_stress():
            self.send_signal(signal.SIGSTOP)

        async def stands_still() -> bool:
            return self._stopped

        await became_true(stands_still, within_s=KILL_DEADLINE_S)

    def thaw(self) -> None:
        """Have a process that stands still go on."""
        self.send_signal(signal.SIGCONT)

    @property
    def _stopped(self) -> bool:
        if self.pid is None or not self.running or sys.platform != "linux":  # elsewhere it can't be asked
            return True
        return os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    async def wait_ended(self, *, within_s: float) -> bool:
        """Wait until the process has ended; return False when it has not after ``within_s`` seconds."""

        async def has_ended() -> bool:
            return not self.running

        return await became_true(has_ended, within_s=within_s)

    async def stop(self, *, grace_s: float = 10.0) -> None:
        """Terminate the process, wait ``grace_s`` seconds for it, then kill it; returns when it has ended."""
        self._wanted = False
        self.send_signal(signal.SIGTERM)
        self.thaw()
        if not await self.wait_ended(within_s=grace_s):
            await self.kill()

    async def kill(self) -> None:
        """End the process without asking it; returns when it has ended."""
        self._wanted = False
        self.send_signal(signal.SIGKILL)
        await self.wait_ended(within_s=KILL_DEADLINE_S)
