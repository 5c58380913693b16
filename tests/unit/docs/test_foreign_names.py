"""docs/foreign-names.md lists what the code uses of other packages without their promise: all of it, and no more."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

import pytest

from common.tested_versions import TESTED
from common.web.hypercorn_overrides import install_overrides
from scripts.docs.kept_files import ROOT
from tests.support.foreign_names import (
    BESIDE,
    PRODUCT,
    ForeignName,
    app_replacements,
    has_name,
    in_subclasses,
    is_private,
    module_replacements,
    modules,
    private_uses,
)
from tests.support.web_app import make_web_app

PAGE = (ROOT / "docs" / "foreign-names.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXTENSIBLE = SECTIONS.pop("Classes that are made to be extended")
DOCUMENTED = {"os._exit"}
"""Names with an underscore that are documented nevertheless."""


@cache
def trees() -> Mapping[str, ast.Module]:
    """Return each module of ours by its name."""
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in modules(*PRODUCT, *BESIDE)}


def code(cell: str) -> list[str]:
    """Return what stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def rows(section: str) -> list[list[str]]:
    """Return the cells of each row of the section's table."""
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def listed() -> set[ForeignName]:
    """Return every name that the tables list."""
    return {
        ForeignName(owner, name, how, "" if how == "replaced" else module)
        for section in SECTIONS.values()
        for cells in rows(section)
        for owner in code(cells[0])
        for name in code(cells[1])
        for how in [cells[2]]
        for module in code(cells[3])
    }


def extensible() -> set[str]:
    """Return the classes that the last table lists."""
    return {owner for cells in rows(EXTENSIBLE) for owner in code(cells[0])}


@pytest.fixture(scope="module")
def found() -> set[ForeignName]:
    """What the classes of all our packages have from other packages."""
    return {
        name
        for module, tree in trees().items()
        if not module.endswith("__main__")  # a program; it defines no classes
        for name in in_subclasses(module, tree)
    }


def test_every_name_in_the_code_is_listed_and_the_other_way_round(found: set[ForeignName]) -> None:
    """A new use belongs into the table, with its reason; one that is gone is struck off."""
    install_overrides()
    replaced = {
        *app_replacements(make_web_app()),
        *(name for package in TESTED for name in module_replacements(package)),
    }
    used = {
        ForeignName(name.owner, name.name, name.how, name.module)
        for name in found
        if name.name and (is_private(name.name) or name.base not in extensible())
    }

    unlisted, gone = (used | replaced) - listed(), listed() - (used | replaced)
    assert not unlisted, "\n".join(["not in docs/foreign-names.md:", *sorted(map(str, unlisted))])
    assert not gone, "\n".join(["only in docs/foreign-names.md:", *sorted(map(str, gone))])


def test_every_class_that_is_extended_is_in_a_table(found: set[ForeignName]) -> None:
    """Either its names are listed, or it is named as made for it."""
    extended = {name.base for name in found}
    fenced = {name.owner for name in listed()}

    assert extended - extensible() - fenced == set()
    assert extensible() - extended == set()


def test_no_private_name_is_reached_from_outside() -> None:
    """Private names of other packages are used by subclasses alone, where their scan sees them."""
    reached = [text for module, tree in trees().items() for text in private_uses(module, tree)]

    assert [text for text in reached if text.rpartition(" ")[2] not in DOCUMENTED] == []


def test_a_listed_name_is_there() -> None:
    """The installed package still has it; without it ours would be left uncalled, or fail when it is needed."""
    assert sorted(f"{name.owner}.{name.name}" for name in listed() if not has_name(name.owner, name.name)) == []


def test_a_row_names_modules_that_are_there() -> None:
    """Where something is replaced the scan can't tell which module did it."""
    told = {module for section in SECTIONS.values() for cells in rows(section) for module in code(cells[3])}

    assert told - trees().keys() == set()


def test_the_sections_are_the_tested_packages_in_the_installed_version() -> None:
    """An upgrade begins with this page."""
    assert dict(title.rsplit(" ", 1) for title in SECTIONS) == {package: version(package) for package in TESTED}
