"""``python -m benchmarks.soak``: a mixed day under rolling restarts and kills. See ``--help``."""

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from benchmarks.soak.conductor import Conductor, SoakPlan
from benchmarks.soak.report import write_docs, write_report
from benchmarks.soak.verdict import failures
from sandbox.errors import SandboxError

DESCRIPTION = """\
Plays a mixed day of teachers on two replicas of each service behind balancers, with real Redis and Kafka, restarts
replicas one after the other and kills some, and compares what was sent with what arrived. Writes report.md, plots and
logs. Exit code 0 when every promise held, 1 when one was broken, 2 when the soak could not be run. Ctrl-C ends the day
early; the report is written all the same."""


def main() -> int:
    """Run the command line."""
    asked = parse()
    folder = asked.out or Path(tempfile.mkdtemp(prefix="huleedu-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    plan = SoakPlan(
        minutes=asked.minutes,
        teachers=asked.teachers,
        apache=asked.kafka == "apache",
        seed=secrets.randbelow(1_000_000) if asked.seed is None else asked.seed,
        folder=folder.resolve(),
    )
    tell(f"Seed {plan.seed}, {plan.teachers} teachers, {plan.minutes:g} minutes; files in {plan.folder}")
    try:
        outcome = asyncio.run(Conductor(plan, tell).run())
    except SandboxError as failure:
        print(failure, file=sys.stderr)
        return 2
    broken = failures(outcome)
    tell(f"\n{write_report(plan, outcome, broken).read_text()}")
    if asked.docs:
        write_docs(plan, outcome, broken)
    for each in broken:
        print(f"BROKEN: {each}", file=sys.stderr)
    tell(f"The report is {plan.folder / 'report.md'}")
    return 1 if broken else 0


def parse() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=DESCRIPTION)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long the day lasts (default: %(default)g)")
    parser.add_argument("--teachers", type=int, default=500, help="how many there are (default: %(default)d)")
    parser.add_argument("--seed", type=int, help="where randomness starts (default: by chance; it is printed)")
    parser.add_argument("--kafka", choices=("tansu", "apache"), default="tansu", help="the broker (default: Tansu)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="for report, plots, logs (default: a temporary folder)")
    parser.add_argument("--docs", action="store_true", help="write the figures into docs/soak.md too")
    return parser.parse_args()


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
