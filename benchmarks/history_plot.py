"""The plot that compares versions: a panel a case, a line a ratio, as SVG for a light and a dark scheme."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from benchmarks.history import Run

COLUMNS: Final = 2
PANEL: Final = (480, 236)
LEFT, TOP, WIDE, HIGH = 40, 30, 425, 110
"""Where the lines of a panel are drawn in it."""

ROW: Final = 15
MOST_LINES: Final = 5
TICKS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
MOST_TICKS: Final = 4
ROOM_ABOVE: Final = 1.2
"""A spread that is larger than this leaves the panel: one bad round isn't to flatten the lines."""

STYLE: Final = """
.ground { fill: #ffffff } text { fill: #1f2328; font: 11px sans-serif } .case { font-weight: bold; font-size: 13px }
.grid { stroke: #d1d9e0 } .even { stroke: #59636e; stroke-dasharray: 4 3 } .line { fill: none; stroke-width: 2 }
.spread { stroke-width: 6; opacity: .25 } .end { text-anchor: end }
.c0 { stroke: #0969da; color: #0969da } .c1 { stroke: #bc4c00; color: #bc4c00 } .c2 { stroke: #1a7f37; color: #1a7f37 }
.c3 { stroke: #8250df; color: #8250df } .c4 { stroke: #bf3989; color: #bf3989 } circle, rect.key { fill: currentcolor }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #3d444d } .even { stroke: #9198a1 }
.c0 { stroke: #58a6ff; color: #58a6ff } .c1 { stroke: #f0883e; color: #f0883e } .c2 { stroke: #3fb950; color: #3fb950 }
.c3 { stroke: #bc8cff; color: #bc8cff } .c4 { stroke: #f778ba; color: #f778ba }
}
"""


def history_plot(histories: Mapping[str, Sequence[Run]]) -> str:
    """Return the ratios of every case that has any, run by run, with the spread of each run's rounds."""
    shown = [(case, runs) for case, runs in histories.items() if any(run["ratios"] for run in runs)]
    width, height = PANEL[0] * COLUMNS, PANEL[1] * math.ceil(len(shown) / COLUMNS)
    panels: list[str] = []
    for number, (case, runs) in enumerate(shown):
        row, column = divmod(number, COLUMNS)
        panels += [f'<g transform="translate({column * PANEL[0]} {row * PANEL[1]})">', *_panel(case, runs), "</g>"]
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size} role="img">',
            f"<title>Ratios over time</title><style>{STYLE}</style>",
            f'<rect class="ground" {size}/>',
            *panels,
            "</svg>\n",
        ]
    )


def _panel(case: str, runs: Sequence[Run]) -> list[str]:
    names = list(dict.fromkeys(name for run in runs for name in run["ratios"]))[:MOST_LINES]
    top = ROOM_ABOVE * max(1.0, *(run["ratios"][name][0] for run in runs for name in names if name in run["ratios"]))
    ends = [f"{run['date']} {run['commit']}" for run in (runs[0], runs[-1])]
    under = TOP + HIGH + ROW
    lines = [f'<text class="case" x="{LEFT}" y="{TOP - ROW}">{escape(case)}</text>', *_grid(top)]
    lines.append(f'<text x="{LEFT}" y="{under}">{escape(ends[0])}</text>')
    if len(runs) > 1:
        lines.append(f'<text class="end" x="{LEFT + WIDE}" y="{under}">{escape(ends[1])}</text>')
    for number, name in enumerate(names):
        lines += [f'<g class="c{number}">', *_line(name, runs, top), "</g>"]
        y = under + ROW * (number + 1)
        lines.append(f'<rect class="key c{number}" x="{LEFT}" y="{y - 8}" width="10" height="8"/>')
        lines.append(f'<text x="{LEFT + ROW}" y="{y}">{escape(name)}</text>')
    return lines


def _grid(top: float) -> list[str]:
    step = next((tick for tick in TICKS if top / tick <= MOST_TICKS), top)
    lines: list[str] = []
    for number in range(math.floor(top / step) + 1):
        y = _y(number * step, top)
        lines.append(f'<path class="grid" d="M{LEFT} {y}h{WIDE}"/>')
        lines.append(f'<text class="end" x="{LEFT - 6}" y="{y + 4:g}">{number * step:g}</text>')
    return [*lines, f'<path class="even" d="M{LEFT} {_y(1.0, top)}h{WIDE}"/>']


def _line(name: str, runs: Sequence[Run], top: float) -> list[str]:
    """Return the line of one ratio: a point a run that has it, told when the pointer rests on it."""
    points: list[str] = []
    marks: list[str] = []
    for number, run in enumerate(runs):
        if name not in run["ratios"]:
            continue
        median, least, most = run["ratios"][name]
        x = round(LEFT + WIDE * (number + 0.5) / len(runs), 1)
        points.append(f"{x},{_y(median, top)}")
        told = f"{name}: {median:.2f} ({least:.2f} … {most:.2f}), {run['date']} {run['commit']}, {run['cores']} cores"
        marks.append(f'<path class="spread" d="M{x} {_y(least, top)}V{_y(most, top)}"/>')
        marks.append(f'<circle cx="{x}" cy="{_y(median, top)}" r="3"><title>{escape(told)}</title></circle>')
    return [f'<polyline class="line" points="{" ".join(points)}"/>', *marks]


def _y(value: float, top: float) -> float:
    return round(TOP + HIGH * (1 - min(value, top) / top), 1)
