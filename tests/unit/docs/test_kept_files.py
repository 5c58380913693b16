"""What is kept in docs/ and clients/ says what the code does."""

from pathlib import Path

import pytest

from scripts.docs.kept_files import KEPT_FILES, KeptFile


@pytest.mark.parametrize("kept", KEPT_FILES, ids=lambda kept: kept.path.name)
def test_a_kept_file_equals_what_the_code_gives(kept: KeptFile) -> None:
    """If not, run ``make docs``."""
    made = kept.fresh_text()

    assert kept.path.read_text(encoding="utf-8") == made


def test_a_stale_file_is_seen_and_mended(tmp_path: Path) -> None:
    """A file that differs, or isn't there, is not current until it is written."""
    kept = KeptFile(tmp_path / "made.txt", lambda _: "new\n")

    before = kept.is_current()
    kept.write()

    assert (before, kept.is_current()) == (False, True)
    assert kept.path.read_text(encoding="utf-8") == "new\n"


def test_what_stands_around_a_table_is_kept(tmp_path: Path) -> None:
    """A file is made from its present text, so that hand-written parts stay."""
    path = tmp_path / "page.md"
    path.write_text("by hand", encoding="utf-8")

    KeptFile(path, lambda present: f"{present}, made").write()

    assert path.read_text(encoding="utf-8") == "by hand, made"
