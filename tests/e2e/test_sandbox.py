"""``python -m sandbox`` as a program: what it prints, how it ends, and that it leaves nothing behind."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from sandbox.addresses import Addresses
from sandbox.environment import ROOT
from sandbox.errors import SandboxError
from sandbox.options import StackOptions
from sandbox.ports import LOOPBACK, free_port
from sandbox.stack import Stack
from tests.support.eventually import eventually

STARTED_WITHIN_S = 120.0
STARTER = (
    "import subprocess, sys; subprocess.run([sys.executable, '-m', 'sandbox', 'up', '--json', '--exit-with-parent'])"
)
ENDED_WITHIN_S = 60.0


def running(*arguments: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    """Have ``python -m sandbox ARGUMENTS`` running; it is killed in the end if it still runs."""
    return running_program("-m", "sandbox", *arguments)


@asynccontextmanager
async def running_program(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Have ``python ARGUMENTS`` running; it is killed in the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def addresses_of(process: asyncio.subprocess.Process) -> Addresses:
    """Return what the sandbox prints when it is ready."""
    assert process.stdout is not None
    async with asyncio.timeout(STARTED_WITHIN_S):
        return Addresses.from_line((await process.stdout.readline()).decode())


async def ended(process: asyncio.subprocess.Process, *, within_s: float = ENDED_WITHIN_S) -> tuple[int, str, str]:
    """Wait for the process to end; return its exit code and what else it wrote to stdout and stderr."""
    async with asyncio.timeout(within_s):
        written, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, written.decode(), complained.decode()


def all_gone(processes: list[psutil.Process]) -> bool:
    """Tell whether none of the processes runs any more."""
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


def is_there(folder: str) -> bool:
    """Tell whether the folder exists."""
    return Path(folder).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_everything_in_order(number: signal.Signals) -> None:
    """One line of JSON, nothing else on stdout; exit code 0; no process and no folder left behind."""
    async with running("up", "--json") as process:
        addresses = await addresses_of(process)
        parts = psutil.Process(process.pid).children(recursive=True)

        process.send_signal(number)
        code, written, _ = await ended(process)

    assert (code, written) == (0, "")
    assert len(parts) == 6
    assert all_gone(parts)
    assert not is_there(addresses.logs)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
async def test_a_killed_sandbox_leaves_no_process() -> None:
    """Kill -9 of the sandbox itself ends every part."""
    async with running("up", "--json") as process:
        await addresses_of(process)
        parts = psutil.Process(process.pid).children(recursive=True)

        process.kill()

        await eventually(lambda: all_gone(parts))


async def test_a_signal_during_the_start_stops_what_had_started() -> None:
    """Whoever is impatient leaves nothing behind either."""
    async with running("up", "--json") as process:
        assert process.stderr is not None
        await process.stderr.readline()
        parts = psutil.Process(process.pid).children(recursive=True)

        process.terminate()
        code, written, complained = await ended(process)

    assert (code, written) == (0, "")
    assert "Traceback" not in complained
    assert parts
    assert all_gone(parts)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
async def test_it_ends_with_its_parent_when_asked_to() -> None:
    """A test run or a script that is killed takes its sandbox along."""
    async with running_program("-c", STARTER) as starter:
        await addresses_of(starter)
        parts = psutil.Process(starter.pid).children(recursive=True)

        starter.kill()
        # The sandbox has inherited the pipes, so that they end only when it has.
        await ended(starter)

    assert len(parts) == 7
    await eventually(lambda: all_gone(parts))


@dataclass(frozen=True)
class Chosen:
    """A sandbox on ports that were chosen, and what it printed."""

    gateway_port: int
    websocket_port: int
    addresses: Addresses


@pytest_asyncio.fixture(scope="module")
async def chosen() -> AsyncIterator[Chosen]:
    """A sandbox for the tests that leave it as it is."""
    gateway_port, websocket_port = free_port(), free_port()
    ports = ("--gateway-port", str(gateway_port), "--websocket-port", str(websocket_port))
    async with running("up", "--json", *ports) as process:
        yield Chosen(gateway_port, websocket_port, await addresses_of(process))


async def test_what_is_printed_is_true(chosen: Chosen) -> None:
    """Redis is where the line says, writing each command to disk before answering, and the chosen ports are used."""
    async with Redis.from_url(chosen.addresses.redis, decode_responses=True) as redis:
        durable = await redis.config_get("append*")

    assert chosen.addresses.gateway == f"http://127.0.0.1:{chosen.gateway_port}"
    assert chosen.addresses.websocket == f"ws://127.0.0.1:{chosen.websocket_port}/ws"
    assert (durable["appendonly"], durable["appendfsync"]) == ("yes", "always")


async def test_two_sandboxes_dont_share_a_port(chosen: Chosen) -> None:
    """A second sandbox on the port of the first one's gateway doesn't start; it says how to choose another."""
    async with running("up", "--json", "--gateway-port", str(chosen.gateway_port)) as second:
        code, written, complained = await ended(second, within_s=STARTED_WITHIN_S)

    assert code == 1
    assert written == ""
    assert f"Port {chosen.gateway_port} is in use" in complained
    assert 'make run ARGS="--gateway-port N"' in complained


async def test_a_failed_start_says_why_and_stops_what_had_started(tmp_path: Path) -> None:
    """A message with the part's name, its log and what it said, and nothing left running."""
    stack = Stack(StackOptions(logs=tmp_path, gateway_environment={"API_GATEWAY_HTTP_PORT": "many"}))

    with pytest.raises(SandboxError) as failure:
        async with stack:
            pass

    message = str(failure.value)
    assert "api_gateway ended with exit code 2" in message
    assert "api_gateway.log" in message
    assert "API_GATEWAY_HTTP_PORT" in message
    assert not any(process.running for process in stack.parts.processes.values())


async def test_a_part_that_dies_is_reported_with_its_log() -> None:
    """The others stay up; the message names what died, how, where to read on, and how to bring it back."""
    async with running("up", "--json") as process:
        addresses = await addresses_of(process)
        parts = psutil.Process(process.pid).children(recursive=True)
        feed = next(one for one in parts if "websocket_service" in one.cmdline())

        feed.kill()
        assert process.stderr is not None
        async with asyncio.timeout(ENDED_WITHIN_S):
            while b"ended" not in (line := await process.stderr.readline()):
                continue
            while b"still up" not in (cure := await process.stderr.readline()):
                continue
        process.terminate()
        code, _, _ = await ended(process)

    assert re.search(rb"websocket_service-\d ended with exit code -9; its log: ", line)
    assert addresses.page is not None
    assert addresses.page.encode() in cure
    assert code == 0


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
async def test_the_demo_plays_the_day_and_ends_well(algorithm: str) -> None:
    """Exit code 0 and a summary in plain text where there is no terminal, also where the first login makes the key."""
    async with running("demo", "--algorithm", algorithm) as process:
        code, written, complained = await ended(process, within_s=STARTED_WITHIN_S)

    assert (code, complained) == (0, "")
    assert "student_matching_confirmation_required" in written
    assert "batch_cj_assessment_completed" in written
    assert "notifications missed, resumed, none lost" in written
    assert "401 AUTHENTICATION_ERROR" in written
    assert "A teacher's day" in written
    assert "\x1b" not in written


async def test_the_demo_ends_quietly_when_its_reader_leaves() -> None:
    """``make demo | head -1``: exit code 0 and no complaint."""
    piped = f"({sys.executable} -m sandbox demo; echo exit code $? >&2) | head -1"
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", piped), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, written, complained = await ended(process, within_s=STARTED_WITHIN_S)

    assert written.startswith("Starting Valkey")
    assert complained == "exit code 0\n"


async def test_the_demo_fails_clearly_when_nobody_is_there() -> None:
    """Exit code 1 and the step that failed."""
    nowhere = f"{LOOPBACK}:{free_port()}"
    async with running("demo", "--gateway", f"http://{nowhere}", "--websocket", f"ws://{nowhere}/ws") as process:
        code, written, _ = await ended(process)

    assert code == 1
    assert "✗ Log in as maria@skola.example" in written
    assert "The day ended early: POST /v1/auth/login got no usable answer" in written
