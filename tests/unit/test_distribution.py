"""What pyproject.toml, the changelog and the packages say of the release agrees."""

import re
import tomllib
from pathlib import Path

from common import __version__

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) – \d{4}-\d\d-\d\d$", re.MULTILINE)


def test_the_version_is_the_same_everywhere() -> None:
    """The services report the version of the distribution, and the changelog's newest release is that version."""
    newest = RELEASE.findall(CHANGELOG)[0]

    assert (newest, __version__) == (PROJECT["version"], PROJECT["version"])


def test_the_oldest_python_is_the_one_that_is_checked() -> None:
    """What is installed, listed, linted and typed starts at one version."""
    listed = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)

    oldest = listed[0]

    assert PROJECT["requires-python"] == f">={oldest}"
    assert PYPROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"


def test_every_package_of_the_wheel_brings_its_types() -> None:
    """A type checker reads an installed package's annotations only beside a py.typed (PEP 561)."""
    packages = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert [package for package in packages if not (ROOT / package / "py.typed").is_file()] == []
