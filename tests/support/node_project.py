"""clients/typescript, installed in a folder of its own, for the tests that run node."""

import asyncio
import shutil
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

CLIENT = ROOT / "clients" / "typescript"
INSTALL_WITHIN_S = 120


async def run(program: str, *arguments: str, folder: Path) -> tuple[int, str]:
    """Run a program; return its exit code, and what it wrote to stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, told.decode()


async def installed_client(repository: Path) -> Path:
    """Copy clients/typescript below ``repository`` with what its lock file names; skip where that can't be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    copy = repository / "clients" / "typescript"
    shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (repository / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "openapi.json", repository / "docs")
    try:
        async with asyncio.timeout(INSTALL_WITHIN_S):
            status, told = await run(
                npm, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", folder=copy
            )
    except TimeoutError:
        pytest.skip(f"npm ci took more than {INSTALL_WITHIN_S} s")
    if status != 0:
        pytest.skip(f"npm ci failed, offline perhaps: {told[-300:]}")
    return copy
