"""Look for known faults of what is locked (pip-audit) and for risky patterns in the services' code (bandit).

``python -m scripts.audit`` fails when either finds something. Advisories come over the network from one of pip-audit's
services; where none of them answers for the packages, their part is skipped, with the reason, and says so in the end.
``python -m scripts.audit --strict`` fails then too.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ValidationError

ROOT: Final = Path(__file__).resolve().parents[1]
LOCKS: Final = ("requirements/runtime.txt", "requirements/dev.txt", "requirements/bench.txt")
SERVICES: Final = ("pypi", "osv")
SOURCES: Final = ("api_gateway", "websocket_service", "common")
ANSWERED_WITHIN_S: Final = 10
ENDED_WITHIN_S: Final = 120.0


class Vulnerability(BaseModel):
    """One advisory of pip-audit's report."""

    id: str
    fix_versions: list[str] = []


class Dependency(BaseModel):
    """One package of pip-audit's report; ``skip_reason`` where nothing is known of it."""

    name: str
    version: str = ""
    vulns: list[Vulnerability] = []
    skip_reason: str | None = None


class Report(BaseModel):
    """What pip-audit writes as JSON."""

    dependencies: list[Dependency]


class Outcome(NamedTuple):
    """What one look has found, and why it couldn't be taken, if it couldn't."""

    findings: tuple[str, ...] = ()
    skipped: str | None = None


def main(arguments: Sequence[str] = ()) -> int:
    """Run both; return the exit code, see :func:`tell`."""
    outcomes = {"bandit": scan_code(), **{lock: look_up(lock) for lock in LOCKS}}
    return tell(outcomes, strict="--strict" in arguments)


def tell(outcomes: Mapping[str, Outcome], *, strict: bool) -> int:
    """Print what was found; return 0 for nothing, 1 for findings, and when ``strict`` for a part that was skipped."""
    for name, outcome in outcomes.items():
        for finding in outcome.findings:
            print(f"{name}: {finding}")
        print(f"{name}: {_summary(outcome)}")
    is_skipped = any(outcome.skipped for outcome in outcomes.values())
    has_findings = any(outcome.findings for outcome in outcomes.values())
    return int(has_findings or (is_skipped and strict))


def _summary(outcome: Outcome) -> str:
    if outcome.skipped is not None:
        return f"skipped: {outcome.skipped}"
    return f"{len(outcome.findings)} found" if outcome.findings else "nothing found"


def scan_code() -> Outcome:
    """Return what bandit finds in the services' packages, under ``[tool.bandit]`` of pyproject.toml."""
    ran = _run("bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", *SOURCES, "--format", "json")
    if ran is None:
        return Outcome(skipped="bandit doesn't end")
    results = json.loads(ran.stdout or "{}").get("results")
    if results is None:
        return Outcome(findings=(ran.stderr.strip() or "bandit failed",))
    return Outcome(tuple(f"{each['filename']}:{each['line_number']}: {each['issue_text']}" for each in results))


def look_up(lock: str) -> Outcome:
    """Return the advisories for the packages of ``lock``, from the first service that knows them."""
    reasons = []
    for service in SERVICES:
        ran = _run(
            "pip_audit",
            *("--requirement", lock, "--require-hashes", "--disable-pip", "--progress-spinner", "off"),
            *("--vulnerability-service", service, "--timeout", str(ANSWERED_WITHIN_S), "--format", "json"),
        )
        outcome = Outcome(skipped="no answer in time") if ran is None else read_report(ran.stdout, ran.stderr)
        if outcome.skipped is None:
            return outcome
        reasons.append(f"{service}: {outcome.skipped}")
    return Outcome(skipped="; ".join(reasons))


def read_report(report: str, complaint: str) -> Outcome:
    """Return what pip-audit's output says; a package that its service doesn't know is not one without faults."""
    try:
        dependencies = Report.model_validate_json(report).dependencies
    except ValidationError:
        lines = complaint.strip().splitlines()
        return Outcome(skipped=lines[-1].partition("(")[0] if lines else "no report")
    unknown = [each.name for each in dependencies if each.skip_reason is not None]
    if unknown:
        return Outcome(skipped=f"no advisories for {len(unknown)} of {len(dependencies)} packages")
    return Outcome(
        tuple(
            f"{each.name} {each.version}: {found.id}, fixed in {', '.join(found.fix_versions) or 'no version'}"
            for each in dependencies
            for found in each.vulns
        )
    )


def _run(module: str, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Run a module from the root; None when it doesn't end in time."""
    try:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=ENDED_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
