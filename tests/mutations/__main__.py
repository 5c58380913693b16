"""Apply each mutation to a copy of the project and run the tests that must notice it.

``python -m tests.mutations [NAME ...]`` tries all, or those named; it exits 1 when one survives. It takes about half
an hour and wants a quiet machine.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from tests.mutations.table import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 300
"""A test that a mutation makes hang has noticed it."""

TESTS_FAILED = 1
"""pytest's exit code for that; others mean that it could not run."""

COPIED = (
    *("api_gateway", "websocket_service", "common"),
    *("sandbox", "tests", "scripts", "benchmarks", "docs", "clients", "requirements"),
)


class Verdict(StrEnum):
    """What became of a mutation."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    NOT_RUN = "NOT RUN"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutations and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutations to try; all by default")
    names = frozenset(parser.parse_args(arguments).names)
    unknown = names - {mutation.name for mutation in MUTATIONS}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    chosen = [mutation for mutation in MUTATIONS if not names or mutation.name in names]
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = copy_project(Path(folder))
        verdicts = [_tell(position, len(chosen), mutation, copy) for position, mutation in enumerate(chosen, 1)]
    killed = verdicts.count(Verdict.KILLED)
    print(f"{killed} killed, {len(verdicts) - killed} not")
    return 0 if killed == len(verdicts) else 1


def copy_project(folder: Path) -> Path:
    """Copy what the tests need into ``folder``, so that the checkout is never changed."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    return folder


def judge(mutation: Mutation, project: Path) -> Verdict:
    """Run the mutation's tests with it applied to ``project``, and take it back."""
    file = project / mutation.file
    before = file.read_text()
    file.write_text(before.replace(mutation.old, mutation.new, 1))
    try:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *mutation.tests],
            cwd=project,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict.KILLED
    finally:
        file.write_text(before)
    if run.returncode == TESTS_FAILED:
        return Verdict.KILLED
    return Verdict.NOT_RUN if run.returncode else Verdict.SURVIVED


def _tell(position: int, count: int, mutation: Mutation, project: Path) -> Verdict:
    started = time.monotonic()
    verdict = judge(mutation, project)
    took_s = time.monotonic() - started
    print(f"{position:3}/{count} {verdict:9}{took_s:5.0f} s  {mutation.name}", flush=True)
    return verdict


if __name__ == "__main__":
    sys.exit(main())
