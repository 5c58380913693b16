"""One version: the changelog's newest release."""

import pytest

from scripts.docs.kept_files import ROOT
from scripts.docs.versions import VERSIONED, newest_version, with_version

CHANGELOG = """# Changelog

## Unreleased

## 1.10.0 – 2027-01-31

## 1.9.0 – 2027-01-01
"""


def test_the_first_release_counts() -> None:
    """What isn't released has no version."""
    assert newest_version(CHANGELOG) == "1.10.0"


def test_a_changelog_without_a_release_is_a_fault() -> None:
    """A date is part of a release."""
    with pytest.raises(ValueError, match="no heading"):
        newest_version("## 1.0.0\n")


@pytest.mark.parametrize("name", VERSIONED)
def test_a_release_reaches_every_file(name: str) -> None:
    """The new version stands there, and the old one doesn't stand where it was."""
    text = (ROOT / name).read_text("utf-8")

    changed = with_version(text, "98.7.6")

    assert "98.7.6" in changed
    assert with_version(changed, newest_version((ROOT / "CHANGELOG.md").read_text("utf-8"))) == text


def test_a_file_without_a_place_is_a_fault() -> None:
    """It would go on with an old version otherwise."""
    with pytest.raises(ValueError, match="no place"):
        with_version("version: 1", "1.0.0")
