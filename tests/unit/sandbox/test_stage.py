"""What the demo prints can be read without a terminal."""

import io

import pytest
from rich.console import Console

from sandbox.audience import Heard, Outcome, Step
from sandbox.stage import Stage

STEP = Step("Log in", "POST /v1/auth/login")


@pytest.fixture
def written() -> io.StringIO:
    """What was printed."""
    return io.StringIO()


@pytest.fixture
def stage(written: io.StringIO) -> Stage:
    """A stage without a terminal."""
    return Stage(Console(file=written, width=120, highlight=False))


def test_a_step_is_one_plain_line(stage: Stage, written: io.StringIO) -> None:
    """Mark, title, request, outcome and time; brackets in an outcome are text, not markup."""
    stage.step_begins(STEP)
    stage.step_succeeds(Outcome(STEP, "200 [bold]", 0.0123))

    assert written.getvalue().split() == ["✓", "Log", "in", "POST", "/v1/auth/login", "200", "[bold]", "(12", "ms)"]


def test_a_failed_step_is_marked(stage: Stage, written: io.StringIO) -> None:
    """A cross instead of a tick."""
    stage.step_begins(STEP)
    stage.step_fails(Outcome(STEP, "500", 1))

    assert written.getvalue().startswith("✗ Log in")


def test_a_notification_is_told_with_what_matters(stage: Stage, written: io.StringIO) -> None:
    """Time, event and the facts a person wants; ids stay out."""
    stage.hears(Heard("class_created", {"class_designation": "8B", "class_id": "x", "priority": "low"}, 1.5))

    assert written.getvalue().split() == ["←", "1.50", "s", "class_created", "class_designation=8B", "priority=low"]


def test_the_summary_has_figures(stage: Stage) -> None:
    """The feed's own frames are no notifications, and what came twice is counted once."""
    stage.hears(Heard("feed.ready", {}, 0, "c0"))
    stage.hears(Heard("class_created", {}, 0, "c1"))
    stage.hears(Heard("class_created", {}, 0, "c1"))
    stage.step_begins(STEP)
    stage.step_succeeds(Outcome(STEP, "200", 2))

    figures = [list(column.cells) for column in stage.summary().columns]

    assert dict(zip(*figures, strict=True)) == {
        "steps": "1",
        "time": "2.0 s",
        "requests, median / slowest": "2000 ms / 2000 ms",
        "connections of the feed": "1",
        "notifications received": "1",
        "notifications received twice": "1",
    }
