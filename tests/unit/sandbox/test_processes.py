"""Processes the sandbox starts end when asked, when killed, and when the sandbox itself is killed."""

import signal
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.errors import NotReadyError, ProcessEndedError
from sandbox.processes import ManagedProcess
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.servers import running

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
STARTER = """
import sys, time
from pathlib import Path
from sandbox.processes import ManagedProcess
process = ManagedProcess("sleeper", ["sleep", "60"], log=Path(sys.argv[1]) / "log")
process.launch()
print(process.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    """Tell whether the process has ended, whether or not anybody has asked for its exit code."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def never() -> bool:
    """Say that it is not ready."""
    return False


async def test_a_process_ends_when_it_is_stopped(tmp_path: Path) -> None:
    """SIGTERM, and the exit code tells of it."""
    async with running(ManagedProcess("sleeper", ["sleep", "60"], log=tmp_path / "log")) as process:
        await process.stop()

    assert (process.running, process.exit_code) == (False, -signal.SIGTERM)


async def test_a_process_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    """After its grace a deaf process is killed."""
    async with running(ManagedProcess("deaf", [sys.executable, "-c", STUBBORN], log=tmp_path / "log")) as process:
        await eventually(lambda: process.log.read_text() == "up\n")

        await process.stop(grace_s=0.1)

    assert process.exit_code == -signal.SIGKILL


async def test_a_frozen_process_can_be_stopped(tmp_path: Path) -> None:
    """Stopping wakes it first, so that it can end in good order."""
    async with running(ManagedProcess("sleeper", ["sleep", "60"], log=tmp_path / "log")) as process:
        await process.freeze()

        await process.stop(grace_s=PATIENCE_S)

    assert process.exit_code == -signal.SIGTERM


async def test_a_process_that_ends_while_awaited_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    """Nobody waits out a deadline for a process that is gone."""
    process = ManagedProcess("failing", ["sh", "-c", "echo last words; exit 3"], log=tmp_path / "log")
    process.launch()

    with pytest.raises(ProcessEndedError, match=r"failing ended with exit code 3; its log: .*log\n  last words"):
        await process.ready(never, within_s=PATIENCE_S)


async def test_a_process_that_does_not_become_ready_is_an_error(tmp_path: Path) -> None:
    """The message names the process, the time and the log."""
    async with running(ManagedProcess("slow", ["sleep", "60"], log=tmp_path / "log")) as process:
        with pytest.raises(NotReadyError, match=r"slow was not ready after 0\.05 s; its log: .*log"):
            await process.ready(never, within_s=0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
async def test_a_killed_sandbox_leaves_no_process(tmp_path: Path) -> None:
    """Kill -9 of whoever started a process ends that process too."""
    told = tmp_path / "told"
    async with running(ManagedProcess("starter", [sys.executable, "-c", STARTER, str(tmp_path)], log=told)) as starter:
        await eventually(lambda: told.read_text().endswith("\n"))
        pid = int(told.read_text())

        await starter.kill()

        await eventually(lambda: gone(pid))
