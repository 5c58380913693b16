"""Measure: ``python -m benchmarks run [CASE …]``, ``list``, ``report``."""

import argparse
import sys
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime

from benchmarks import history
from benchmarks.catalogue import CASES, announcement, clock
from benchmarks.report import show, write_page
from benchmarks.results import save
from benchmarks.rounds import Options


def main() -> int:
    """Run the command line; 0 whatever the figures are, 1 for a case that failed, 2 for one that doesn't exist."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure cases, write benchmarks/results/<case>.json and docs/benchmarks.md")
    run.add_argument("cases", nargs="*", default=["all"], metavar="CASE", help=f"all, or of: {', '.join(CASES)}")
    run.add_argument("--rounds", type=int, help="rounds of each case (default: as each case plans)")
    run.add_argument("--seconds", type=float, help="seconds of a measurement (default: as each case plans)")
    run.add_argument("--record", action="store_true", help="add a line to benchmarks/history/<case>.jsonl too")
    commands.add_parser("list", help="list the cases, and how long each takes")
    commands.add_parser("report", help="write docs/benchmarks.md from the results and histories that are there")
    arguments = parser.parse_args()
    if arguments.command == "list":
        _list()
        return 0
    failed: list[str] = []
    if arguments.command == "run":
        names = list(CASES) if "all" in arguments.cases else arguments.cases
        if unknown := [name for name in names if name not in CASES]:
            print(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}", file=sys.stderr)
            return 2
        chosen = {name: CASES[name].options(arguments.rounds, arguments.seconds) for name in names}
        failed = _measure(chosen, recorded=arguments.record)
    write_page()
    return 1 if failed else 0


def _list() -> None:
    for name, case in CASES.items():
        what = (case.run.__doc__ or "").strip().splitlines()[0]
        print(f"{name:18} {case.takes_s(case.planned):4.0f} s  {what}")
    print(f"{'all':18} {clock(sum(case.takes_s(case.planned) for case in CASES.values()))}")


def _measure(chosen: Mapping[str, Options], *, recorded: bool) -> list[str]:
    """Measure the chosen cases and save their results; add a line to each one's history when ``recorded``.

    Returns the cases that could not be measured, as on a machine that is too busy.
    """
    failed: list[str] = []
    commit = history.measured_commit()
    names, began = list(chosen), time.monotonic()
    for number, name in enumerate(names):
        print(announcement(names[number:], chosen, datetime.now(UTC).astimezone()), flush=True)
        started = time.monotonic()
        try:
            result = CASES[name].run(chosen[name])
        except (OSError, RuntimeError, ExceptionGroup):
            traceback.print_exc()
            failed.append(name)
            continue
        save(result, chosen[name])
        show(result)
        if recorded and not result.left_out:
            history.append(name, history.run_of(result, commit=commit, day=datetime.now(UTC).date()))
        print(f"{name} took {clock(time.monotonic() - started)}\n", flush=True)
    print(f"{len(names)} of {len(CASES)} cases took {clock(time.monotonic() - began)}")
    if failed:
        print(f"could not be measured: {', '.join(failed)}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
