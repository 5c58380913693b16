"""The version is the changelog's newest; these files repeat it."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
VERSIONED: Final = (
    "clients/typescript/package-lock.json",
    "clients/typescript/package.json",
    "common/__init__.py",
    "compose.yaml",
    "deploy/README.md",
    "deploy/kubernetes/feed.yaml",
    "deploy/kubernetes/gateway.yaml",
    "deploy/kubernetes/kustomization.yaml",
    "docs/migration.md",
    "pyproject.toml",
)

_NEWEST: Final = re.compile(r"^## (\d+\.\d+\.\d+) – \d{4}-\d\d-\d\d$", re.MULTILINE)
_VERSION: Final = r"\d+\.\d+\.\d+"
_PLACES: Final = re.compile(
    rf'(huleedu/edge(?:-platform)?:|newTag: |^__version__ = "|^name = "huleedu-edge"\nversion = "|'
    rf'"name": "@huleedu/edge",\n +"version": "){_VERSION}\b',
    re.MULTILINE,
)


def newest_version(changelog: str) -> str:
    """Return the version of the changelog's first release.

    Raises:
        ValueError: there is none.
    """
    found = _NEWEST.search(changelog)
    if found is None:
        message = "the changelog has no heading like: ## 1.2.3 – 2026-01-31"
        raise ValueError(message)
    return found[1]


def current_version() -> str:
    """Return the newest version of this repository's changelog."""
    return newest_version((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def with_version(text: str, version: str) -> str:
    """Return ``text`` with ``version`` wherever a file of ``VERSIONED`` names this project's.

    Raises:
        ValueError: it names none.
    """
    changed, places = _PLACES.subn(rf"\g<1>{version}", text)
    if not places:
        message = "no place for the version is found"
        raise ValueError(message)
    return changed
