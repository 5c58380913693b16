"""``python -m benchmarks.soak.load PLAN``: plays the teachers, prints progress as JSON lines, writes the results.

SIGTERM or SIGINT ends the day early; the books are closed all the same.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from benchmarks.soak.load.plan import Plan
from benchmarks.soak.load.run import Run


def main(arguments: list[str]) -> int:
    """Run the plan in the file that ``arguments`` names."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Run(Plan.read(Path(arguments[0]))).play())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
