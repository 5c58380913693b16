"""Measure: ``python -m benchmarks run [CASE …]``, ``list``, ``report``."""

import argparse
import sys
from collections.abc import Callable, Mapping

from benchmarks.cases import commands, delivery, intake, replicas, slow_client, sockets, status, streaming
from benchmarks.figures import CaseResult
from benchmarks.report import show, write_page
from benchmarks.results import save
from benchmarks.rounds import Options

CASES: Mapping[str, Callable[[Options], CaseResult]] = {
    "status": status.run,
    "latency": status.run_latency,
    "growth": status.run_growth,
    "stream": streaming.run,
    "upload": streaming.run_upload,
    "command": commands.run,
    "replicas": replicas.run,
    "feed": delivery.run,
    "feed-latency": delivery.run_latency,
    "feed-slow-client": slow_client.run,
    "feed-path": delivery.run_path,
    "feed-intake": intake.run,
    "feed-push": delivery.run_push,
    "feed-memory": sockets.run_memory,
    "feed-accepts": sockets.run_accepts,
    "feed-resume": sockets.run_resume,
    "feed-growth": sockets.run_growth,
}


def main() -> int:
    """Run the command line; 0 whatever the figures are, 2 for a case that doesn't exist."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands_ = parser.add_subparsers(dest="command", required=True)
    run = commands_.add_parser("run", help="measure cases, write benchmarks/results/<case>.json and docs/benchmarks.md")
    run.add_argument("cases", nargs="*", default=["all"], metavar="CASE", help=f"all, or of: {', '.join(CASES)}")
    run.add_argument("--rounds", type=int, default=5, help="alternating rounds a case (default 5)")
    run.add_argument("--seconds", type=float, default=5.0, help="seconds a round (default 5)")
    commands_.add_parser("list", help="list the cases")
    commands_.add_parser("report", help="write docs/benchmarks.md from the results that are there")
    arguments = parser.parse_args()
    if arguments.command == "list":
        for name, case in CASES.items():
            print(f"{name:14} {(case.__doc__ or '').strip().splitlines()[0]}")
        return 0
    if arguments.command == "run" and not _measure(arguments):
        return 2
    write_page()
    return 0


def _measure(arguments: argparse.Namespace) -> bool:
    names = list(CASES) if "all" in arguments.cases else arguments.cases
    if unknown := [name for name in names if name not in CASES]:
        print(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}", file=sys.stderr)
        return False
    options = Options(rounds=arguments.rounds, seconds=arguments.seconds)
    for name in names:
        print(f"── {name} …", flush=True)
        result = CASES[name](options)
        save(result, options)
        show(result)
    return True


if __name__ == "__main__":
    sys.exit(main())
