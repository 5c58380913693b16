"""docs/security.md names tests that there are, and no threat without one."""

import re
from collections.abc import Iterator

import pytest

from scripts.docs.kept_files import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`((?:unit|service|contract|e2e|browser)/[\w/]+\.py)(?:::(\w+))?`")
THREATS = PAGE.partition("## Threats")[2].partition("## OWASP")[0]
OWASP_RISKS = 10


def threats() -> Iterator[list[str]]:
    """Yield the cells of each row of the tables of threats."""
    for line in THREATS.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in {"threat", "---"}:
            yield cells


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED.findall(PAGE))))
def test_each_test_that_is_named_is_there(file: str, test: str) -> None:
    """A control whose test is renamed or deleted would otherwise be shown by nothing."""
    code = (ROOT / "tests" / file).read_text(encoding="utf-8")

    assert re.search(rf"^(?:async )?def {test}\(", code, re.MULTILINE) or not test


@pytest.mark.parametrize("cells", list(threats()), ids=lambda cells: cells[0][:60])
def test_each_threat_has_its_kind_its_control_and_its_test(cells: list[str]) -> None:
    """A row says which of STRIDE it is, what is done, and what shows it."""
    threat, kinds, control, shown = cells

    assert threat
    assert control
    assert kinds
    assert set(kinds.split()) <= set("STRIDE")
    assert NAMED.search(shown) is not None


def test_every_kind_of_threat_and_every_risk_is_there() -> None:
    """The six of STRIDE, the ten of OWASP."""
    kinds = {kind for cells in threats() for kind in cells[1].split()}
    risks = re.findall(r"^\| API(\d+) ", PAGE, re.MULTILINE)

    assert kinds == set("STRIDE")
    assert [int(risk) for risk in risks] == list(range(1, OWASP_RISKS + 1))
