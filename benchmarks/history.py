"""What ``make bench ARGS=--record`` has measured over time: a file a case, a line a run, the oldest first."""

import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypedDict

from benchmarks.figures import CaseResult
from benchmarks.processes import ROOT

FOLDER = ROOT / "benchmarks" / "history"
DIGITS = 4
"""Significant ones: the spread of a figure is larger than what they leave out."""

RATIO = "×"
"""The unit of a figure that is a ratio by itself."""

MADE = ("docs", "benchmarks/history", "benchmarks/results")
"""Where measuring itself writes."""

Spread = list[float]
"""Median, least and most of a figure's rounds."""


class Run(TypedDict):
    """One run of a case: ``ratios`` compare across machines, ``values`` on the same one only."""

    commit: str
    date: str
    cores: int
    ratios: dict[str, Spread]
    values: dict[str, Spread]


def run_of(result: CaseResult, *, commit: str, day: date) -> Run:
    """Return the line of ``result``: each figure's ratio to its floor, or its value where it has no floor."""
    ratios: dict[str, Spread] = {}
    values: dict[str, Spread] = {}
    for figure in result.figures:
        if figure.floor:
            ratios[figure.name] = _spread(figure.ratios)
        elif figure.unit == RATIO:
            ratios[figure.name] = _spread(figure.ours)
        else:
            values[f"{figure.name} ({figure.unit})" if figure.unit else figure.name] = _spread(figure.ours)
    cores = os.cpu_count() or 1
    return {"commit": commit, "date": day.isoformat(), "cores": cores, "ratios": ratios, "values": values}


def append(case: str, run: Run, folder: Path = FOLDER) -> None:
    """Add ``run`` to the case's file."""
    folder.mkdir(exist_ok=True)
    with (folder / f"{case}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(run, ensure_ascii=False) + "\n")


def read_history(folder: Path = FOLDER) -> Mapping[str, Sequence[Run]]:
    """Return the runs of each case that has any."""
    files = sorted(folder.glob("*.jsonl"))
    return {file.stem: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] for file in files}


def measured_commit() -> str:
    """Return the commit that is checked out, ``-dirty`` where code differs from it, or ``unknown`` without git."""
    commit = _git("rev-parse", "--short=8", "HEAD")
    changed = _git("diff", "--name-only", "HEAD", "--", ".", *(f":!{made}" for made in MADE))
    return (f"{commit}-dirty" if changed else commit) or "unknown"


def _git(*arguments: str) -> str:
    """Return what git says; an empty string where there is no git or no repository."""
    git = shutil.which("git")
    if git is None:
        return ""
    return subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _spread(rounds: Sequence[float]) -> Spread:
    return [float(f"{value:.{DIGITS}g}") for value in (statistics.median(rounds), min(rounds), max(rounds))]
