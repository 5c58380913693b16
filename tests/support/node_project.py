"""clients/typescript, installed in a folder of its own, for the tests that run node."""

import asyncio
import fcntl
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

CLIENT = ROOT / "clients" / "typescript"
CACHE = ROOT / ".cache" / "node-modules"
MANIFESTS = ("package.json", "package-lock.json")
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
    modules = await installed_modules()
    copy = repository / "clients" / "typescript"
    shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    shutil.copytree(modules, copy / "node_modules", symlinks=True, copy_function=_link)
    (repository / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "openapi.json", repository / "docs")
    return copy


async def installed_modules() -> Path:
    """Return the folder of the packages that the lock file names, installed once a checkout; skip without them."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    named = sha256(b"".join((CLIENT / name).read_bytes() for name in MANIFESTS)).hexdigest()[:16]
    folder = CACHE / named
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)  # of several test processes one installs
        if not (folder / ".complete").exists():
            await _install(npm, folder)
    return folder / "node_modules"


async def _install(npm: str, folder: Path) -> None:
    for name in MANIFESTS:
        shutil.copy(CLIENT / name, folder)
    try:
        async with asyncio.timeout(INSTALL_WITHIN_S):
            status, told = await run(
                npm, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder
            )
    except TimeoutError:
        pytest.skip(f"npm ci took more than {INSTALL_WITHIN_S} s")
    if status != 0:
        pytest.skip(f"npm ci failed, offline perhaps: {told[-300:]}")
    (folder / ".complete").touch()


def _link(source: str, target: str) -> None:
    """Link a file, which stays as it is, or copy it to another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
