"""A soak as files: report.md with its tables, the plots, and a page of docs/."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.soak.conductor import SoakPlan
from benchmarks.soak.curves import plots
from benchmarks.soak.outcome import Outcome
from benchmarks.soak.tables import sections

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "soak.md"
BEGIN = "<!-- figures: written by `make soak` with --docs -->"
END = "<!-- end of figures -->"


def write_report(plan: SoakPlan, outcome: Outcome, broken: list[str]) -> Path:
    """Write report.md and its plots into the plan's folder; return its path."""
    drawn = plots(outcome)
    for name, svg in drawn.items():
        (plan.folder / f"{name}.svg").write_text(svg)
    page = plan.folder / "report.md"
    lines = ["# Soak", "", *figures(plan, outcome, broken, heading="##", plot="{}.svg", drawn=list(drawn))]
    page.write_text("\n".join(lines))
    return page


def write_docs(plan: SoakPlan, outcome: Outcome, broken: list[str]) -> None:
    """Write the figures into docs/soak.md, between its two marks, and the plots beside those of the benchmarks."""
    drawn = plots(outcome)
    for name, svg in drawn.items():
        (DOCS / "plots" / f"soak-{name}.svg").write_text(svg)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = figures(plan, outcome, broken, heading="###", plot="plots/soak-{}.svg", drawn=list(drawn))
    PAGE.write_text("\n".join([before + BEGIN, "", *lines, END + after]))


def figures(
    plan: SoakPlan, outcome: Outcome, broken: list[str], *, heading: str, plot: str, drawn: list[str]
) -> list[str]:
    """Return the lines of a report."""
    lines = [verdict(outcome, broken), "", *(f"- {each}" for each in broken), *([""] if broken else [])]
    lines += [circumstances(plan, outcome), ""]
    for title, table in sections(outcome):
        lines += [f"{heading} {title}", "", *table]
    for name in drawn:
        lines += [f"![{name}]({plot.format(name)})", ""]
    return lines


def verdict(outcome: Outcome, broken: list[str]) -> str:
    """Return the soak in a sentence."""
    ended = ", ended early by a signal" if outcome.interrupted else ""
    return f"{'Every promise held' if not broken else f'{len(broken)} promises were broken'}{ended}."


def circumstances(plan: SoakPlan, outcome: Outcome) -> str:
    """Return how it was run."""
    broker = "Apache Kafka" if plan.apache else "Tansu"
    day = datetime.fromtimestamp(outcome.began or 0, UTC).date()
    return (
        f"{plan.teachers} teachers for {plan.minutes:g} minutes, seed {plan.seed}, Valkey and {broker}, on "
        f"{os.cpu_count()} cores that everything shares, Python {platform.python_version()}, {day}."
    )
