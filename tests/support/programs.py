"""Programs that a test runs to their end."""

import asyncio
import os
import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest


async def printed_by(program: str, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Return what ``program`` prints; skip the test where it isn't found, and fail it when the program fails.

    It is looked for beside Python as well: some programs come with the test group's packages.
    """
    found = shutil.which(program, path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(f"{program} is not installed")
    process = await asyncio.create_subprocess_exec(
        found,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=None if environment is None else dict(environment),
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()
