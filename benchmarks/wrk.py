"""Drive an HTTP server with wrk and read what it reports."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import LOAD_CORE, Server, pin

CONNECTIONS = 32
MISSING = "wrk was not found on the PATH (Debian: apt-get install wrk), so this case was left out"


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw."""

    requests: int
    rate: float
    """requests a second"""
    bytes_rate: float
    """body and head bytes a second"""
    p50_ms: float
    p99_ms: float
    errors: int
    """answers outside 2xx and 3xx, and socket errors"""
    cpu_us: float
    """CPU time of the measured process a request, in microseconds"""


class BadAnswersError(RuntimeError):
    """The server answered a benchmark's request with an error: the figure would be of something else."""


def wrk_path() -> str | None:
    """Return where wrk is, or None."""
    return shutil.which("wrk")


def load(server: Server, path: str, *, headers: Mapping[str, str], seconds: float, script: Path | None = None) -> Load:
    """Run wrk with one thread and 32 connections against ``server`` for ``seconds``.

    Raises:
        BadAnswersError: when one answer in a hundred or more isn't 2xx or 3xx.
    """
    wrk = wrk_path()
    if wrk is None:
        raise FileNotFoundError(MISSING)
    argv = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency", "--timeout", "30s"]
    for name, value in headers.items():
        argv += ["-H", f"{name}: {value}"]
    if script is not None:
        argv += ["-s", str(script)]
    argv.append(f"http://127.0.0.1:{server.port}{path}")
    before = server.cpu_s()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        pin(process.pid, LOAD_CORE)
        report, _ = process.communicate()
    measured = _parse(report, server.cpu_s() - before)
    if measured.errors * 100 > measured.requests:
        message = f"{measured.errors} of {measured.requests} answers were errors\n{report}"
        raise BadAnswersError(message)
    return measured


def _parse(report: str, cpu_s: float) -> Load:
    requests = int(_find(r"(\d+) requests in", report) or 0)
    errors = int(_find(r"Non-2xx or 3xx responses: (\d+)", report) or 0)
    errors += sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", report))
    return Load(
        requests=requests,
        rate=float(_find(r"Requests/sec:\s+([\d.]+)", report) or 0),
        bytes_rate=_bytes(_find(r"Transfer/sec:\s+([\d.]+\w+)", report) or "0B"),
        p50_ms=_ms(_find(r"50%\s+([\d.]+\w+)", report) or "0ms"),
        p99_ms=_ms(_find(r"99%\s+([\d.]+\w+)", report) or "0ms"),
        errors=errors,
        cpu_us=cpu_s / max(1, requests) * 1e6,
    )


def _find(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def _ms(text: str) -> float:
    return _scale(text, {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4})


def _bytes(text: str) -> float:
    return _scale(text, {"B": 1.0, "KB": 2.0**10, "MB": 2.0**20, "GB": 2.0**30})


def _scale(text: str, units: Mapping[str, float]) -> float:
    number = text.rstrip("BGKMmsu")
    return float(number) * units[text.removeprefix(number)]
