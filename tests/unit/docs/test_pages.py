"""Pages lead where they say, and the code to pages that are there."""

import re
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

CLIENT = ROOT / "clients" / "typescript"
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    CLIENT / "README.md",
    *(CLIENT / "docs").glob("*.md"),
]
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
DEPLOYED = ("common", "api_gateway", "websocket_service")
MADE = {"benchmarks/results/"}
"""Places that exist once a command has run."""


def _prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """Return what GitHub calls the page's headings."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file that is there, and a heading that it has."""
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)) if "://" not in link]
    targets = [(page.parent / path if path else page, anchor) for path, _, anchor in (x.partition("#") for x in links)]

    assert [str(target) for target, _ in targets if not target.exists()] == []
    assert [(target.name, anchor) for target, anchor in targets if anchor and anchor not in _anchors(target)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_are_there(page: Path) -> None:
    """Each path of ours that stands in backticks exists."""
    packages = "api_gateway|benchmarks|clients|common|docs|sandbox|scripts|tests|websocket_service"
    paths = set(re.findall(rf"`((?:{packages})/[\w./-]*)`", _prose(page)))

    assert sorted(path for path in paths - MADE if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_are_in_their_files(page: Path) -> None:
    """Where a page says "`name` in `path`", the file has the name."""
    named = re.findall(r"`(\w+)` in `([\w/-]+\.py)`", _prose(page))

    assert [(n, path) for n, path in named if not re.search(rf"\b{n}\b", (ROOT / path).read_text("utf-8"))] == []


def test_the_house_is_drawn_whole() -> None:
    """Each package of the deployed services, and each folder at the top, stands in the map of docs/architecture.md."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (house,) = re.findall(r"^## The house\n+```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    drawn = re.findall(r"^ *(\w+)/", house, re.MULTILINE)

    packages = [path.parent for path in ROOT.glob("*/__init__.py")]
    parts = [path.parent for package in DEPLOYED for path in (ROOT / package).rglob("*/__init__.py")]
    places = [*ROOT.iterdir(), *parts, *(ROOT / "sandbox").iterdir()]

    assert {path.name for path in (*packages, *parts)} - set(drawn) == set()
    assert set(drawn) - {path.name for path in places} == set()


def test_the_code_refers_to_pages_rows_and_headings_that_are_there() -> None:
    """What a docstring names as the source of a rule can be looked up."""
    told = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("api_gateway", "common", "websocket_service", "sandbox", "tests")
        for path in (ROOT / package).rglob("*.py")
    )
    rows = {
        row for rows in re.findall(r"docs/gateway\.md, rows? ([\d, to]+\d)", told) for row in re.findall(r"\d+", rows)
    }
    quoted = re.findall(r'(docs/[\w/-]+\.md), "([^"]+)"', told)

    assert {name for name in re.findall(r"docs/[\w/-]+\.md", told) if not (ROOT / name).exists()} == set()
    assert rows <= set(re.findall(r"^### (\d+)\. ", (ROOT / "docs" / "gateway.md").read_text(), re.MULTILINE))
    assert [(page, heading) for page, heading in quoted if f"# {heading}\n" not in (ROOT / page).read_text()] == []
