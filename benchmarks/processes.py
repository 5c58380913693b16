"""Start servers for a measurement: pinned to a core, ready before they are used, ended by their pid."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

ROOT = Path(__file__).resolve().parent.parent
SERVICE_CORE = 0
LOAD_CORE = 1
READY_WITHIN_S = 300.0
"""A tool that counts instructions makes a start take a minute, on a busy machine several."""
STOP_WITHIN_S = 15.0

_SCHEDULED = 2
"""CPUCLOCK_SCHED in Linux's numbers of clocks (include/linux/posix-timers.h): what the scheduler counts, in ns."""


class NotReadyError(RuntimeError):
    """A server of a case did not answer in time; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of a case."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """Return the CPU seconds the process has used so far, user and system, by Linux's clock of the process.

        The times of ``/proc`` come in steps of 10 ms. The clock's number is that of clock_getcpuclockid(3), which
        Python doesn't have.
        """
        return time.clock_gettime(~self.pid << 3 | _SCHEDULED)

    def rss_bytes(self) -> int:
        """Return the resident set size in bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pin(pid: int, core: int) -> None:
    """Keep process ``pid`` on one core where the machine has more than one."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


@contextlib.contextmanager
def run_process(
    argv: Sequence[str], *, port: int, env: Mapping[str, str] | None = None, ready: str = "", core: int = SERVICE_CORE
) -> Iterator[Server]:
    """Run ``argv`` on ``core`` until the block ends; ready when ``ready`` answers 200, or when the port accepts."""
    with TemporaryDirectory(prefix="edge-bench-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as out:
            process = subprocess.Popen(
                argv, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=out, stderr=subprocess.STDOUT
            )
        pin(process.pid, core)
        try:
            _wait_until_ready(process, port, ready, log)
            yield Server(process.pid, port)
        finally:
            _stop(process)


def python(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs ``module`` with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port, ready):
            return
        time.sleep(0.05)  # a real process has to come up; nothing is measured yet
    tail = log.read_text(errors="replace")[-2000:]
    message = f"{process.args!r} was not ready within {READY_WITHIN_S:g} s:\n{tail}"
    raise NotReadyError(message)


def _answers(port: int, ready: str) -> bool:
    try:
        if not ready:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=1) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, urllib.error.URLError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
