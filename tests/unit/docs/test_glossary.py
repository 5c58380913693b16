"""docs/glossary.md names what the code has: each place exists, and defines the name that stands beside it."""

import ast
import re
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| \*\*(.+?)\*\* \| .+ \| (?:`(\w+)` in )?`([\w./-]+)` \|$", PAGE, re.MULTILINE)
WORDS = [word for word, _, _ in ROWS]


def test_every_row_names_a_place() -> None:
    """No row has another form, and no word stands twice."""
    assert len(ROWS) == len(re.findall(r"^\| \*\*", PAGE, re.MULTILINE)) > 50
    assert len(set(WORDS)) == len(WORDS)


@pytest.mark.parametrize(("name", "path"), [(name, path) for _, name, path in ROWS], ids=WORDS)
def test_a_place_defines_its_name(name: str, path: str) -> None:
    """A class, function or constant that has moved or was renamed takes its row along."""
    assert (ROOT / path).exists()
    assert not name or name in _names_defined_in(ROOT / path)


def _names_defined_in(module: Path) -> set[str]:
    """Return the classes, functions and assigned names at the module's top."""
    names: set[str] = set()
    for statement in ast.parse(module.read_text(encoding="utf-8")).body:
        match statement:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
            case _:
                pass
    return names
