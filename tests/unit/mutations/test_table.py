"""The table of mutations keeps up with the code that it names."""

from pathlib import Path

import pytest

from tests.mutations.table import MUTATIONS, Mutation

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_changes_one_place(mutation: Mutation) -> None:
    """Its text stands in its file exactly once, and it changes it."""
    assert (ROOT / mutation.file).read_text().count(mutation.old) == 1
    assert mutation.new != mutation.old


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_its_tests_are_there(mutation: Mutation) -> None:
    """A path that is gone would end pytest before any test could fail."""
    assert [path for path in mutation.tests if not (ROOT / path).exists()] == []


def test_names_are_told_apart() -> None:
    """A mutation is chosen by its name."""
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
