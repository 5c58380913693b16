"""``python -m tests.faults [run …]``: run some or all, print their figures, and write them into docs/reliability.md."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults import cluster_runs, feed_runs, gateway_runs
from tests.faults.cluster_runs import CLUSTER_RUNS
from tests.faults.feed_runs import FEED_RUNS
from tests.faults.figures import PAGE, RUNS, Figures, with_figures
from tests.faults.gateway_runs import GATEWAY_RUNS


async def main(wanted: Sequence[str]) -> None:
    """Run what is wanted, by name or by the beginning of names; each cluster run has a cluster of its own."""
    names = [name for name in RUNS if not wanted or name.startswith(tuple(wanted))]
    with tempfile.TemporaryDirectory(prefix="faults-") as kept:
        folder = Path(kept)
        if any(name in FEED_RUNS for name in names):
            async with feed_runs.world(_new(folder, "feed")) as feed:
                for name in names:
                    if name in FEED_RUNS:
                        note(name, await feed_runs.measure(feed, FEED_RUNS[name]))
        if any(name in GATEWAY_RUNS for name in names):
            async with gateway_runs.world(_new(folder, "gateway")) as gateway:
                for name in names:
                    if name in GATEWAY_RUNS:
                        note(name, await gateway_runs.measure(gateway, GATEWAY_RUNS[name]))
        for name in names:
            if name in CLUSTER_RUNS:
                async with cluster_runs.world(_new(folder, name)) as cluster:
                    note(name, await feed_runs.measure(cluster, CLUSTER_RUNS[name]))


def note(name: str, figures: Figures) -> None:
    """Print the figures of a run and write them into the page."""
    print(figures.row(name), flush=True)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_figures(page, {name: figures}), encoding="utf-8")


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
