"""The page about errors says what the table says."""

import pytest

from common.errors.catalogue import CATALOGUE
from common.errors.document import PAGE, code_table, with_tables


def test_the_page_holds_the_tables() -> None:
    """docs/errors.md equals the catalogue; if not, run ``python -m common.errors.document``."""
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_tables(page)


def test_the_table_has_a_line_for_every_code() -> None:
    """Heading, rule, and one line a code, with its status, close code and advice."""
    lines = code_table().splitlines()

    assert len(lines) == len(CATALOGUE) + 2
    assert lines[2].startswith("| `VALIDATION_ERROR` | 400 | 1011 | The request is not valid | ")


def test_a_page_without_markers_is_refused() -> None:
    """A table that has no place isn't dropped in silence."""
    with pytest.raises(ValueError, match="no markers for the table of codes"):
        with_tables("# Errors\n")
