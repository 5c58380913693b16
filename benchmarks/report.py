"""Show results: on the terminal, and as docs/benchmarks.md with a table and plots."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import CaseResult, Figure
from benchmarks.history import read_history
from benchmarks.history_plot import history_plot
from benchmarks.plots import bars, curve
from benchmarks.results import Document, read_results

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "benchmarks.md"
BEGIN = "<!-- figures: written by `make bench` -->"
END = "<!-- end of figures -->"


def show(result: CaseResult) -> None:
    """Print one case's figures."""
    table = Table("figure", "ours", "against", "ratio", "target", "holds", title=result.case)
    for figure in result.figures:
        table.add_row(figure.name, *_cells(figure))
    console = Console()
    console.print(result.left_out or table)


def write_page() -> None:
    """Write the figures and plots of every read_results result into docs/benchmarks.md, between its two marks."""
    text = PAGE.read_text() if PAGE.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{_figures()}\n{END}{after}")


def _figures() -> str:
    lines: list[str] = []
    held: list[Figure] = []
    results = read_results()
    for result, document in results:
        lines += [f"### {result.case}", ""]
        if result.left_out:
            lines += [f"Left out: {result.left_out}.", ""]
            continue
        lines += [f"{result.conditions}. {_circumstances(document)}.", ""]
        lines += ["| figure | ours | against | ratio | target | holds |", "| --- | --- | --- | --- | --- | --- |"]
        lines += [f"| {figure.name} | {' | '.join(_cells(figure))} |" for figure in result.figures]
        lines.append("")
        lines += [_plot(result.case, title, points) for title, points in result.series.items()]
        held += [figure for figure in result.figures if figure.ratio is not None and figure.target]
    (DOCS / "plots").mkdir(exist_ok=True)
    (DOCS / "plots" / "ratios.svg").write_text(bars("Ours against floors and peers (ratio)", held))
    machines = _machines(document for result, document in results if not result.left_out)
    verdict = _verdict([figure for result, _ in results for figure in result.figures])
    head = [verdict, "", "![Ratios of every case](plots/ratios.svg)", "", *_over_time()]
    return "\n".join([*head, "Measured on", "", *machines, "", *lines])


def _over_time() -> list[str]:
    """Return the lines that show the ratios of the recorded runs, none as long as no run is recorded."""
    histories = read_history()
    if not histories:
        return []
    (DOCS / "plots" / "history.svg").write_text(history_plot(histories))
    return [
        "Ratios over time; 1 is the floor or peer, the pale bars are the spread of a run's rounds:",
        "",
        "![Ratios over time](plots/history.svg)",
        "",
    ]


def _verdict(figures: Iterable[Figure]) -> str:
    judged = [figure for figure in figures if figure.holds is not None]
    missed = [figure.name for figure in judged if not figure.holds]
    return f"{len(judged) - len(missed)} of {len(judged)} targets hold; missed: {'; '.join(missed) or 'none'}."


def _circumstances(document: Document) -> str:
    day = document["measured_at"].partition("T")[0]
    rounds = f"{document['rounds']} rounds" if document["rounds"] > 1 else "one round"
    length = f" of {document['seconds_a_round']:g} s" if document["seconds_a_round"] else ""
    return f"Measured {day}, {rounds}{length}"


def _machines(documents: Iterable[Document]) -> list[str]:
    """Return a line for each machine, with the cases measured there: one line as long as all were measured alike."""
    cases: dict[str, list[str]] = {}
    for document in documents:
        told = ", ".join(f"{name} {value}" for name, value in document["machine"].items())
        cases.setdefault(told, []).append(document["case"])
    return [f"- {machine}: {', '.join(names)}" for machine, names in cases.items()]


def _plot(case: str, heading: str, points: Sequence[tuple[float, float]]) -> str:
    title, x_label, y_label = heading.split("|")
    (DOCS / "plots").mkdir(exist_ok=True)
    name = f"{case}.svg"
    (DOCS / "plots" / name).write_text(curve(title, x_label, y_label, points))
    return f"![{title}](plots/{name})\n"


def _cells(figure: Figure) -> list[str]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    floor = "" if figure.floor_median is None else f"{figure.floor_median:,.1f} {figure.unit}"
    spread = f"{min(figure.ours):,.1f} … {max(figure.ours):,.1f}"
    holds = {None: "", True: "yes", False: "**no**"}[figure.holds]
    return [f"{figure.median:,.1f} {figure.unit} ({spread})", floor, ratio, figure.target, holds]
