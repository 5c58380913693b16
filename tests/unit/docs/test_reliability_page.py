"""docs/reliability.md: every part meets every fault, and what shows it is there."""

import ast
import re
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT
from tests.faults.cluster_runs import CLUSTER_RUNS
from tests.faults.feed_runs import FEED_RUNS
from tests.faults.figures import PAGE, RUNS, Figures, figure_rows, with_figures
from tests.faults.gateway_runs import GATEWAY_RUNS

FAULTS = ["away at start", "dies", "hangs", "slow", "resets", "half-open", "comes back", "partition"]
COLUMNS = 6
PARTS = 8
PROOF = re.compile(r"`([^`]+)`")


def rows_by_part() -> dict[str, list[list[str]]]:
    """Return the rows of each part's table, as cells."""
    found: dict[str, list[list[str]]] = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        rows = [
            [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"
        ]
        if rows[0][0].strip() == "fault" and len(rows[0]) == COLUMNS:
            found[title] = rows[2:]
    return found


def test_every_part_meets_every_fault() -> None:
    """In the order in which the page explains the faults; a part may have faults of its own besides."""
    parts = rows_by_part()

    assert len(parts) == PARTS
    for title, rows in parts.items():
        assert [row[0].strip("| ") for row in rows][: len(FAULTS)] == FAULTS, title


@pytest.mark.parametrize("part", list(rows_by_part()))
def test_every_cell_names_what_shows_it(part: str) -> None:
    """A test that exists, or a run."""
    for row in rows_by_part()[part]:
        proofs = PROOF.findall(row[-1])

        assert proofs, row
        assert [proof for proof in proofs if not exists(proof)] == []


def exists(proof: str) -> bool:
    """Tell whether there is such a run, or such a test."""
    path, _, name = proof.partition("::")
    return proof in RUNS if not name else name in functions_of(ROOT / path)


def functions_of(file: Path) -> set[str]:
    """Return the names of a file's functions."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_run_is_one_that_can_be_run() -> None:
    """By its name, once."""
    assert sorted(RUNS) == sorted([*FEED_RUNS, *GATEWAY_RUNS, *CLUSTER_RUNS])


def test_every_run_is_named_by_a_cell() -> None:
    """None measures what nobody reads."""
    proofs = {proof for rows in rows_by_part().values() for row in rows for proof in PROOF.findall(row[-1])}

    assert set(RUNS) <= proofs


def test_figures_are_kept_until_they_are_measured_again() -> None:
    """A run replaces its own row; rows stand in the order of the runs."""
    first, second = RUNS[:2]
    figures = Figures(held_s=8.0, waited_s=9.04, saw="no socket closed", lost=0, twice=0)
    page = with_figures("a\n<!-- figures -->\n<!-- /figures -->\nb\n", {second: figures})
    page = with_figures(page, {first: figures})

    assert list(figure_rows(page)) == [first, second]
    assert figure_rows(page)[first] == f"| `{first}` | 8.0 | 9.0 | no socket closed | 0 | 0 |"
    assert page.startswith("a\n")
    assert page.endswith("\nb\n")
