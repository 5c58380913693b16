"""The page about errors says what the table says."""

from pathlib import Path

import pytest

from common.errors.catalogue import CATALOGUE
from common.errors.document import PAGE, code_table, main, with_tables


def test_the_page_holds_the_tables() -> None:
    """docs/errors.md equals the catalogue; if not, run ``python -m common.errors.document``."""
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_tables(page)


def test_the_table_has_a_line_for_every_code() -> None:
    """Heading, rule, and one line a code, with its status, close code and advice."""
    lines = code_table().splitlines()

    assert len(lines) == len(CATALOGUE) + 2
    assert lines[2].startswith("| `VALIDATION_ERROR` | 400 | 1011 | The request is not valid | ")


def test_the_tables_are_written_between_their_markers(tmp_path: Path) -> None:
    """The text around the tables stays; what stood in their place goes."""
    markers = "# Errors\n" + "".join(
        f"<!-- {name} -->\nstale text\n<!-- /{name} -->\n" for name in ("codes", "close codes", "ranges")
    )
    page = tmp_path / "errors.md"
    page.write_text(markers, encoding="utf-8")

    main(page)

    written = page.read_text(encoding="utf-8")
    assert written.startswith("# Errors\n<!-- codes -->\n| code |")
    assert written.endswith("<!-- /ranges -->\n")
    assert "stale text" not in written


def test_a_page_without_markers_is_refused() -> None:
    """A table that has no place isn't dropped in silence."""
    with pytest.raises(ValueError, match="no markers for the table of codes"):
        with_tables("# Errors\n")
