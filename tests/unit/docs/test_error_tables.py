"""The tables of docs/errors.md say what the catalogue says."""

import pytest

from common.errors.catalogue import CATALOGUE
from scripts.docs.error_tables import code_table, with_tables


def test_the_table_has_a_line_for_every_code() -> None:
    """Heading, rule, and one line a code, with its status, close code and advice."""
    lines = code_table().splitlines()

    assert len(lines) == len(CATALOGUE) + 2
    assert lines[2].startswith("| `VALIDATION_ERROR` | 400 | 1011 | The request is invalid | ")


def test_the_tables_are_written_between_their_markers() -> None:
    """The text around the tables stays; what stood in their place goes."""
    markers = "# Errors\n" + "".join(
        f"<!-- {name} -->\nstale text\n<!-- /{name} -->\n" for name in ("codes", "close codes", "ranges")
    )

    written = with_tables(markers)

    assert written.startswith("# Errors\n<!-- codes -->\n| code |")
    assert written.endswith("<!-- /ranges -->\n")
    assert "stale text" not in written


def test_a_page_without_markers_is_refused() -> None:
    """A table that has no place isn't dropped in silence."""
    with pytest.raises(ValueError, match="no markers for the table of codes"):
        with_tables("# Errors\n")
