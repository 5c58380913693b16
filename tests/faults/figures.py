"""What a run of the fault matrix measured, as a row of docs/reliability.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN: Final = "<!-- figures -->"
END: Final = "<!-- /figures -->"
HEAD: Final = (
    "| run | the fault lasted, s | longest silence or wait, s | what came | lost | twice |",
    "| --- | --- | --- | --- | --- | --- |",
)

RUNS: Final = (
    "feed-redis-dies",
    "feed-redis-hangs",
    "feed-redis-slow",
    "feed-redis-resets",
    "feed-redis-half-open",
    "feed-redis-cut-from-one-replica",
    "feed-kafka-hangs",
    "feed-kafka-slow",
    "feed-kafka-resets",
    "feed-kafka-half-open",
    "feed-replica-dies",
    "feed-replica-hangs",
    "feed-replicas-restart",
    "feed-balancer-dies",
    "feed-balancer-slow",
    "feed-balancer-resets",
    "feed-balancer-half-open",
    "gateway-redis-dies",
    "gateway-redis-slow",
    "gateway-redis-resets",
    "gateway-redis-half-open",
    "gateway-upstream-slow",
    "gateway-upstream-resets",
    "gateway-upstream-half-open",
    "gateway-upstream-dies",
    "gateway-replica-dies",
    "gateway-replica-hangs",
    "gateway-replicas-restart",
    "gateway-balancer-dies",
    "gateway-balancer-slow",
    "gateway-balancer-resets",
    "gateway-balancer-half-open",
    "cluster-primaries-cut-off",
    "cluster-primaries-refuse-each-other",
    "cluster-resharding",
    "cluster-primary-hangs",
    "cluster-subscribed-primary-dies",
)
"""Every run, in the order of the page's table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run: how long the fault lasted, and the longest time in which a client got nothing, or waited for an answer.

    ``saw`` is what came: answers by status, or how connections were closed. ``lost`` and ``twice`` count notifications;
    they are None in a run that has none.
    """

    held_s: float
    waited_s: float
    saw: str
    lost: int | None = None
    twice: int | None = None

    def row(self, name: str) -> str:
        """Return the row of the table."""
        lost, twice = ("–" if count is None else count for count in (self.lost, self.twice))
        return f"| `{name}` | {self.held_s:.1f} | {self.waited_s:.1f} | {self.saw} | {lost} | {twice} |"


def figure_rows(page: str) -> dict[str, str]:
    """Return the rows of the page's table by run."""
    _, _, rest = page.partition(BEGIN)
    table, _, _ = rest.partition(END)
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    return {row.split("`")[1]: row for row in rows}


def with_figures(page: str, measured: Mapping[str, Figures]) -> str:
    """Return the page with these rows replaced, and the others as they are; runs that are no more go."""
    rows = figure_rows(page) | {name: figures.row(name) for name, figures in measured.items()}
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([*HEAD, *(rows[name] for name in RUNS if name in rows)])
    return f"{before}{BEGIN}\n{table}\n{END}{after}"
