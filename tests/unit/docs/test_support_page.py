"""docs/support.md and docs/upgrading.md name what there is."""

import json
import re

from scripts.docs.kept_files import ROOT

SUPPORT = (ROOT / "docs" / "support.md").read_text("utf-8")
UPGRADING = (ROOT / "docs" / "upgrading.md").read_text("utf-8")
PACKAGE = json.loads((ROOT / "clients" / "typescript" / "package.json").read_text("utf-8"))
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def test_every_entry_of_the_browser_library_is_public() -> None:
    """Those that package.json exports, and no others."""
    entries = {f"{PACKAGE['name']}{entry.removeprefix('.')}" for entry in PACKAGE["exports"]}

    assert set(re.findall(rf"`({PACKAGE['name']}[\w/]*)`", SUPPORT)) == entries


def test_the_supported_pythons_are_those_of_the_package() -> None:
    """As its classifiers tell."""
    named = re.findall(r"Programming Language :: Python :: (3\.\d+)", PROJECT)

    assert re.findall(r"3\.\d+", SUPPORT[SUPPORT.index("- Python ") :].splitlines()[0]) == named


def test_every_release_has_its_notes() -> None:
    """A section for each version of the changelog, in the same order, below the template."""
    released = re.findall(r"^## (\d+\.\d+\.\d+) ", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    below = re.sub(r"^```.*?^```$", "", UPGRADING, flags=re.MULTILINE | re.DOTALL)

    assert re.findall(r"^### (\d+\.\d+\.\d+)$", below, re.MULTILINE) == released
