"""docs/gateway.md is true: each of its lines prints, against a running sandbox, what stands below it."""

import asyncio
import re
import shutil

import pytest
import pytest_asyncio

from sandbox.stack import Stack
from scripts.docs.kept_files import ROOT

PAGE = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
ROWS = 32
BY_HAND = {26}
"""It stops the gateway."""

SETUP = re.compile(r"^```sh setup\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(
    r"^### (\d+)\. [^\n]+$(?:(?!^### ).)*?^```sh(?: by hand)?\n(.*?)^```\n```\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
LINES = {int(row): (line, printed) for row, line, printed in SHOWN.findall(PAGE)}
MARK = "@@ row {} @@"


def _pattern(printed: str) -> str:
    return ".*".join(map(re.escape, printed.split("…")))


@pytest_asyncio.fixture(scope="module")
async def printed(sandbox: Stack) -> dict[int, str]:
    """What each line printed; all ran in one shell, as a reader runs them."""
    bash = shutil.which("bash")
    if bash is None or shutil.which("curl") is None:
        pytest.skip("bash and curl are not installed")
    addresses = sandbox.addresses
    upstreams = "".join(f"{name.upper()}={url}\n" for name, url in addresses.upstreams.items())
    (setup,) = SETUP.findall(PAGE)
    shown = "".join(f"echo '{MARK.format(row)}'\n{line}" for row, (line, _) in LINES.items() if row not in BY_HAND)
    script = f"G={addresses.gateway}\nLOGS={addresses.logs}\n{upstreams}{setup}{shown}"
    process = await asyncio.create_subprocess_exec(
        bash,
        "-s",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told, _ = await process.communicate(script.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    parts = re.split(r"^@@ row (\d+) @@\n", told.decode().replace("\r", ""), flags=re.MULTILINE)
    return {int(row): part for row, part in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_row_is_shown() -> None:
    """Each of the page's rows has one line and what it prints."""
    assert sorted(LINES) == list(range(1, ROWS + 1))
    assert {row for row, (line, _) in LINES.items() if line.count("\n") != 1} == set()


@pytest.mark.parametrize("row", sorted(LINES.keys() - BY_HAND))
async def test_a_line_prints_what_the_page_says(printed: dict[int, str], row: int) -> None:
    """`…` stands for anything."""
    _, promised = LINES[row]

    assert re.fullmatch(_pattern(promised), printed[row]), printed[row]
