"""What `make audit` makes of the reports of its tools."""

import json
from collections.abc import Mapping

import pytest

from scripts.audit import Outcome, read_report, scan_code, tell

FOUND = Outcome(("jinja2 3.1.0: PYSEC-1, fixed in 3.1.4",))
SKIPPED = Outcome(skipped="no advisories")


def report(*dependencies: Mapping[str, object]) -> str:
    """Return a report of pip-audit's."""
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_advisories_are_told() -> None:
    """Package, version, advisory, and what mends it."""
    dirty = {"name": "jinja2", "version": "3.1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.4"]}]}
    clean = {"name": "aiohttp", "version": "3.14.5", "vulns": []}

    assert read_report(report(dirty, clean), "") == FOUND


def test_nothing_known_is_not_nothing_wrong() -> None:
    """A package that the service doesn't know makes the look a skipped one."""
    unknown = {"name": "aiohttp", "skip_reason": "Dependency not found"}

    assert (
        read_report(report(unknown, {"name": "yarl", "vulns": []}), "").skipped == "no advisories for 1 of 2 packages"
    )


def test_a_failure_is_told_by_its_last_line() -> None:
    """As a service that doesn't answer."""
    assert read_report("", "Traceback\nConnectionError: refused\n") == Outcome(skipped="ConnectionError: refused")
    assert read_report("", "") == Outcome(skipped="no report")


@pytest.mark.parametrize(
    ("outcome", "strict", "code"),
    [
        (Outcome(), False, 0),
        (FOUND, False, 1),
        (SKIPPED, False, 0),
        (SKIPPED, True, 1),
    ],
)
def test_findings_fail(capsys: pytest.CaptureFixture[str], outcome: Outcome, *, strict: bool, code: int) -> None:
    """A part that was skipped fails a strict run alone, and is always told."""
    assert tell({"bandit": Outcome(), "lock": outcome}, strict=strict) == code
    assert (outcome.skipped or "found") in capsys.readouterr().out


def test_the_services_have_no_risky_patterns() -> None:
    """Bandit finds nothing in them; what it isn't asked for is argued in pyproject.toml."""
    assert scan_code() == Outcome()
