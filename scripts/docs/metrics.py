"""The table of metrics in docs/operations.md, read from where the code declares them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.docs.source import calls
from scripts.docs.tables import table

KINDS = {
    "Counter": "counter",
    "counter": "counter",
    "Gauge": "gauge",
    "gauge": "gauge",
    "Info": "info",
    "Histogram": "histogram",
    "histogram": "histogram",
}
"""Whatever declares a metric when its first argument is a name."""

SUFFIXES = {"counter": "_total", "info": "_info"}
"""What Prometheus' text format puts behind a name that lacks it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as it is scraped; ``service`` is whose, or ``both``."""

    name: str
    kind: str
    labels: tuple[str, ...]
    service: str
    told: str


def metrics() -> Iterator[Metric]:
    """Yield every metric of both services, common ones first.

    Raises:
        ValueError: a declaration's labels or text can't be read off its source.
    """
    for service, call in calls():
        match call:
            case ast.Call(func=ast.Name(id=declares), args=[ast.Constant(value=str(name)), told, *more]):
                if (kind := KINDS.get(declares)) is not None:
                    suffix = SUFFIXES.get(kind, "")
                    labels = _labels(call, more)
                    yield Metric(name.removesuffix(suffix) + suffix, kind, labels, service, ast.literal_eval(told))


def metric_table() -> str:
    """Return the table of metrics."""
    rows = (
        (
            f"`{metric.name}`",
            metric.kind,
            ", ".join(f"`{label}`" for label in metric.labels),
            metric.service,
            metric.told,
        )
        for metric in metrics()
    )
    return table(("metric", "type", "labels", "of", "what it tells"), rows)


def _labels(declaration: ast.Call, more: list[ast.expr]) -> tuple[str, ...]:
    by_keyword = [keyword.value for keyword in declaration.keywords if keyword.arg in {"labels", "labelnames"}]
    match [*by_keyword, *more]:
        case [ast.Constant(value=str(label)), *_]:
            return (label,)
        case [ast.Tuple() | ast.List() as labels, *_]:
            return tuple(ast.literal_eval(labels))
        case _:
            return ()
