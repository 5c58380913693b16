"""docs/feed.md, for the tests that hold it to what it says."""

import re

from scripts.docs.kept_files import ROOT

PAGE = (ROOT / "docs" / "feed.md").read_text(encoding="utf-8")


def blocks(info: str, *, within: str = PAGE) -> list[str]:
    """Return the text of each fenced block that is headed by ``info``, in order."""
    return re.findall(rf"^```{re.escape(info)}\n(.*?)^```$", within, re.MULTILINE | re.DOTALL)


def section(heading: str) -> str:
    """Return what stands under a heading of the second level, up to the next one."""
    _, _, rest = PAGE.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def rows(heading: str, *, columns: int) -> list[tuple[str, ...]]:
    """Return the cells of each table row of so many columns in a section, heads and rules left out."""
    lines = [line.strip("|").split("|") for line in section(heading).splitlines() if line.startswith("|")]
    tables = [tuple(cell.strip() for cell in cells) for cells in lines if len(cells) == columns]
    return [
        row for row, after in zip(tables, [*tables[1:], ()], strict=True) if set(row) != {"---"} and "---" not in after
    ]


def client(language: str) -> str:
    """Return the source of the page's client in ``python`` or ``js``."""
    (source,) = blocks(f"{language} client")
    return source
