"""What a recorded run leaves behind."""

import re
from datetime import date
from pathlib import Path

from benchmarks.catalogue import CASES
from benchmarks.figures import CaseResult, at_least, at_most
from benchmarks.history import FOLDER, append, measured_commit, read_history, run_of
from benchmarks.history_plot import MOST_LINES

DAY = date(2026, 3, 2)
RESULT = CaseResult(
    "status",
    [
        at_least("rate", "1/s", ours=[300, 100, 200], floor=[400, 400, 200], ratio=0.7),
        at_most("growth", "×", ours=[1.23456, 1.0, 1.5], bound=2),
        at_most("added latency", "ms", ours=[1.5], bound=2),
    ],
)


def test_a_run_keeps_median_and_spread() -> None:
    """Of the rounds' ratios where there is a floor, else of the values; a figure of times is a ratio by itself."""
    run = run_of(RESULT, commit="0123abcd", day=DAY)

    assert (run["commit"], run["date"]) == ("0123abcd", "2026-03-02")
    assert run["ratios"] == {"rate": [0.75, 0.25, 1.0], "growth": [1.235, 1.0, 1.5]}
    assert run["values"] == {"added latency (ms)": [1.5, 1.5, 1.5]}


def test_runs_are_read_in_the_order_in_which_they_were_added(tmp_path: Path) -> None:
    """Each case has its own file, with a line a run."""
    first, second = (run_of(RESULT, commit=commit, day=DAY) for commit in ("aaaa", "bbbb"))

    append("status", first, tmp_path)
    append("status", second, tmp_path)
    append("feed", first, tmp_path)

    assert read_history(tmp_path) == {"feed": [first], "status": [first, second]}
    assert len((tmp_path / "status.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_a_commit_is_named_shortly() -> None:
    """With a mark where the code differs from it; nothing fails without git."""
    assert re.fullmatch(r"[0-9a-f]{8}(-dirty)?|unknown", measured_commit())


def test_without_files_there_is_no_history(tmp_path: Path) -> None:
    """Before anything is recorded."""
    assert read_history(tmp_path / "missing") == {}


def test_what_is_kept_in_the_project_can_be_read() -> None:
    """Each file belongs to a case, and each line has what the plot needs."""
    histories = read_history()
    runs = [run for each in histories.values() for run in each]

    assert FOLDER.is_dir()
    assert set(histories) <= set(CASES)
    assert {len(spread) for run in runs for spread in run["ratios"].values()} == {3}
    assert max(len(run["ratios"]) for run in runs) <= MOST_LINES
