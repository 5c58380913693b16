"""The plots of docs/benchmarks.md, as SVG that needs no script and no network to be looked at."""

import math
from collections.abc import Mapping, Sequence

import pygal
from pygal.style import CleanStyle

from benchmarks.figures import Figure

WIDTH = 760
ROW = 34


def bars(title: str, figures: Sequence[Figure]) -> str:
    """Return one horizontal bar a figure, as long as its ratio to the floor."""
    chart = pygal.HorizontalBar(
        **_common(title), height=120 + ROW * max(1, len(figures)), show_legend=False, print_values=True
    )
    # pygal draws the last value at the top.
    ordered = list(reversed(figures))
    chart.x_labels = [figure.name for figure in ordered]
    chart.add("ratio", [round(figure.ratio or 0, 2) for figure in ordered])
    return _render(chart)


def curve(title: str, x_label: str, y_label: str, points: Sequence[tuple[float, float]]) -> str:
    """Return a curve over a logarithmic x axis, its y axis starting at 0."""
    top = max(y for _, y in points) * 1.15
    chart = pygal.XY(
        **_common(title),
        height=320,
        show_legend=False,
        x_title=x_label,
        y_title=y_label,
        range=(0, top),
        x_value_formatter=lambda x: f"{10**x:,.0f}",
    )
    chart.x_labels = sorted({math.log10(x) for x, _ in points})
    chart.add(y_label, [(math.log10(x), round(y, 1)) for x, y in points])
    return _render(chart)


def lines(title: str, x_label: str, y_label: str, curves: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return a line for each of ``curves`` over a plain x axis, the y axis starting at 0."""
    top = max((y for points in curves.values() for _, y in points), default=0.0) * 1.15
    chart = pygal.XY(
        **_common(title),
        height=320,
        show_dots=False,
        legend_at_bottom=True,
        x_title=x_label,
        y_title=y_label,
        range=(0, top or 1.0),
        x_value_formatter=lambda x: f"{x:.0f}",
    )
    for name, points in curves.items():
        chart.add(name, [(round(x, 3), round(y, 2)) for x, y in points])
    return _render(chart)


def _common(title: str) -> dict[str, object]:
    return {"title": title, "width": WIDTH, "js": (), "style": CleanStyle, "no_prefix": True, "explicit_size": True}


def _render(chart: pygal.graph.graph.Graph) -> str:
    return str(chart.render(is_unicode=True))
