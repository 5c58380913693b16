"""clients/typescript, installed in a folder of its own, for the tests that run node."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

CLIENT = ROOT / "clients" / "typescript"
CACHE = ROOT / ".cache" / "node-modules"
BUILD = ROOT / ".cache" / "node-build"
DESCRIPTION = ROOT / "docs" / "openapi.json"
NOT_SOURCES = ("node_modules", "dist")
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
    shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    shutil.copytree(modules, copy / "node_modules", symlinks=True, copy_function=_link)
    (repository / "docs").mkdir()
    shutil.copy(DESCRIPTION, repository / "docs")
    return copy


async def built_client() -> Path:
    """Return a folder like clients/typescript whose ``dist`` is built, once for all tests of these sources.

    It is shared: tests run what is there and write elsewhere. Skips where the packages of the lock file can't be had.
    """
    modules = await installed_modules()
    copy, built = BUILD / "typescript", BUILD / ".built"
    async with _one_at_a_time(BUILD):
        sources = _digest(modules)
        if not built.exists() or built.read_text(encoding="utf-8") != sources:
            built.unlink(missing_ok=True)
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns(*NOT_SOURCES))
            (copy / "node_modules").symlink_to(modules)
            status, told = await run("npm", "run", "--silent", "build", folder=copy)
            assert status == 0, told
            built.write_text(sources, encoding="utf-8")
    return copy


def _digest(modules: Path) -> str:
    """Return what changes with any file that a build is made of."""
    digest = sha256(str(modules).encode())
    for file in sorted(CLIENT.rglob("*")):
        path = file.relative_to(CLIENT)
        if file.is_file() and path.parts[0] not in NOT_SOURCES:
            digest.update(f"{path} {sha256(file.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()


@asynccontextmanager
async def _one_at_a_time(folder: Path) -> AsyncIterator[None]:
    """Have ``folder`` to oneself for the block, of all test processes."""
    lock = await asyncio.to_thread(_locked, folder)
    try:
        yield
    finally:
        lock.close()


def _locked(folder: Path) -> TextIOWrapper:
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / ".lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


async def installed_modules() -> Path:
    """Return the folder of the packages that the lock file names, installed once a checkout; skip without them."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    named = sha256(b"".join((CLIENT / name).read_bytes() for name in MANIFESTS)).hexdigest()[:16]
    folder = CACHE / named
    async with _one_at_a_time(folder):
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
