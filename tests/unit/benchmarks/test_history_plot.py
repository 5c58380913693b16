"""The plot of ratios over time."""

from xml.etree import ElementTree as ET

from benchmarks.history import Run
from benchmarks.history_plot import history_plot

SVG = "{http://www.w3.org/2000/svg}"


def run(commit: str, **ratios: float) -> Run:
    """Return a run with ratios of a spread of a tenth."""
    spreads = {name: [ratio, ratio - 0.1, ratio + 0.1] for name, ratio in ratios.items()}
    return {"commit": commit, "date": "2026-03-02", "cores": 2, "ratios": spreads, "values": {}}


def texts(svg: str) -> list[str]:
    """Return what is written in a plot, what a pointer shows included."""
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.tag in {f"{SVG}text", f"{SVG}title"}]


def points(svg: str) -> list[list[tuple[float, ...]]]:
    """Return the points of each line."""
    lines = [line.attrib["points"].split() for line in ET.fromstring(svg).iter(f"{SVG}polyline")]
    return [[tuple(map(float, point.split(","))) for point in line] for line in lines]


def test_a_case_is_a_panel_and_a_ratio_a_line() -> None:
    """Named, with the first run and the last one, and each point's figures for the pointer."""
    svg = history_plot({"status": [run("aaaa", rate=0.5), run("bbbb", rate=0.8)], "feed": [run("aaaa", delivered=1.2)]})

    assert {"status", "feed", "rate", "delivered", "2026-03-02 aaaa", "2026-03-02 bbbb"} <= set(texts(svg))
    assert "rate: 0.80 (0.70 … 0.90), 2026-03-02 bbbb, 2 cores" in texts(svg)
    assert [len(line) for line in points(svg)] == [2, 1]


def test_a_larger_ratio_is_drawn_higher_and_a_later_run_further_right() -> None:
    """SVG counts from the top."""
    ((first, second),) = points(history_plot({"status": [run("aaaa", rate=0.5), run("bbbb", rate=0.8)]}))

    assert second[0] > first[0]
    assert second[1] < first[1]


def test_a_run_without_the_ratio_is_passed_over() -> None:
    """The line goes on at the next run that has it, in its place."""
    runs = [run("aaaa", rate=0.5, cpu=2.0), run("bbbb", rate=0.5), run("cccc", rate=0.5, cpu=2.0)]

    rate, cpu = points(history_plot({"status": runs}))

    assert [x for x, _ in cpu] == [rate[0][0], rate[2][0]]


def test_a_case_without_ratios_has_no_panel() -> None:
    """Values of one machine don't compare over time."""
    svg = history_plot({"status": [run("aaaa", rate=0.5)], "sizing": [run("aaaa")]})

    assert "sizing" not in texts(svg)


def test_both_schemes_have_their_colours() -> None:
    """On a ground of its own, so that the plot can be read on any page."""
    svg = history_plot({"status": [run("aaaa", rate=0.5)]})

    assert "prefers-color-scheme: dark" in svg
    assert 'class="ground"' in svg


def test_names_are_escaped() -> None:
    """A figure may be named as it likes."""
    assert "a < b & c" in texts(history_plot({"status": [run("aaaa", **{"a < b & c": 1.0})]}))


def test_the_same_history_gives_the_same_file() -> None:
    """So that a version control shows what has changed."""
    history = {"status": [run("aaaa", rate=0.5)]}

    assert history_plot(history) == history_plot(history)
