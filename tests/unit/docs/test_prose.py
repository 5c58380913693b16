"""The pages keep the rules of prose that a machine can check: the width of lines, and words that name no component."""

import re
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

WIDEST = 120
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MADE = {"docs/errors.md"}
"""Most of it is made from the code."""

FORBIDDEN = re.compile(r"\b(?:whoever|somebody|nobody|anybody|is told)\b", re.IGNORECASE)
CODE = re.compile(r"^ *```.*?^ *```$|`[^`]*`", re.MULTILINE | re.DOTALL)
FIGURES = re.compile(r"<!-- figures: .*?<!-- end of figures -->", re.DOTALL)
"""What ``make bench`` writes."""


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _faults(page: Path) -> list[str]:
    """Return the lines that are too wide and the words that are forbidden; a line of one word can't be broken."""
    text = FIGURES.sub("", page.read_text(encoding="utf-8"))
    lines = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL).splitlines()
    wide = [line for line in lines if len(line) > WIDEST and not line.startswith("|") and " " in line.strip()]
    return wide + FORBIDDEN.findall(CODE.sub("", text))


@pytest.mark.parametrize("page", [page for page in PAGES if _name(page) not in MADE], ids=_name)
def test_a_page_keeps_the_rules(page: Path) -> None:
    """Tables, code and generated figures aside."""
    assert _faults(page) == []
