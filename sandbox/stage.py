"""The demo's stage: a teacher's day as lines on a terminal, or plain text where there is none."""

import os
import signal
import sys
from io import TextIOWrapper
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table
from rich.text import Text

from sandbox.audience import Heard, Outcome, Step

PLAIN_WIDTH = 140
TITLE_WIDTH = 34
REQUEST_WIDTH = 50
# What is worth telling of a notification, in this order, as far as it is there.
TOLD = (
    "class_designation",
    "student_name",
    "filenames",
    "phase",
    "requested_pipeline",
    "matched_count",
    "confirmed_count",
    "completed_count",
    "essay_count",
    "final_status",
    "outcome",
    "unread",
    "priority",
)


class Output(TextIOWrapper):
    """Standard output, whose reader may leave early, as ``head`` does; ``reader_left`` tells so."""

    reader_left = False

    def flush(self) -> None:
        """Hand on what was written; have the program end in good order, as by SIGTERM, when there is no reader."""
        try:
            super().flush()
        except BrokenPipeError:
            self.reader_left = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            signal.raise_signal(signal.SIGTERM)


def open_output() -> Output:
    """Return standard output."""
    return Output(sys.stdout.buffer, encoding=sys.stdout.encoding, errors=sys.stdout.errors)


def new_console(output: Output) -> Console:
    """Return a console that writes plain, wide lines when it does not write to a terminal."""
    console = Console(file=output, highlight=False)
    return console if console.is_terminal else Console(file=output, highlight=False, width=PLAIN_WIDTH)


class Stage:
    """An audience that prints what happens, as it happens."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._outcomes: list[Outcome] = []
        self._connections = 0
        self._cursors: list[str] = []

    def step_begins(self, step: Step) -> None:
        """Show that a step is under way (on a terminal only)."""
        self._status = self._console.status(f"{escape(step.title)} …")
        self._status.start()

    def step_succeeds(self, outcome: Outcome) -> None:
        """Print the step's line."""
        self._end(outcome, mark="[green]✓[/]")

    def step_fails(self, outcome: Outcome) -> None:
        """Print the step's line as the last one."""
        self._end(outcome, mark="[bold red]✗[/]")

    def hears(self, heard: Heard) -> None:
        """Print a frame of the feed."""
        self._connections += heard.event == "feed.ready"
        if heard.cursor is not None and not heard.event.startswith("feed."):
            self._cursors.append(heard.cursor)
        facts = (f"{name}={heard.data[name]}" for name in TOLD if name in heard.data)
        line = Text(f"    ← {heard.at_s:6.2f} s  {heard.event}  ", style="cyan")
        self._console.print(line + Text(" ".join(facts), style="dim"), soft_wrap=True)

    def summary(self) -> Table:
        """Return the day in figures."""
        requests = sorted(outcome.seconds * 1000 for outcome in self._outcomes if is_request(outcome.step))
        table = Table(title="A teacher's day", show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(justify="right")
        table.add_row("steps", str(len(self._outcomes)))
        table.add_row("time", f"{sum(outcome.seconds for outcome in self._outcomes):.1f} s")
        if requests:
            table.add_row("requests, median / slowest", f"{median(requests):.0f} ms / {requests[-1]:.0f} ms")
        table.add_row("connections of the feed", str(self._connections))
        table.add_row("notifications received", str(len(set(self._cursors))))
        table.add_row("notifications received twice", str(len(self._cursors) - len(set(self._cursors))))
        return table

    def _end(self, outcome: Outcome, *, mark: str) -> None:
        if self._status is not None:
            self._status.stop()
        self._outcomes.append(outcome)
        title, request = escape(outcome.step.title), escape(outcome.step.request)
        self._console.print(
            f"{mark} [bold]{title:<{TITLE_WIDTH}}[/] {request:<{REQUEST_WIDTH}} {escape(outcome.said)} "
            f"[dim]({outcome.seconds * 1000:.0f} ms)[/]",
            soft_wrap=True,
        )


def is_request(step: Step) -> bool:
    """Tell whether the step is a request of the gateway and waits for nothing else."""
    return step.request.split(" ")[0] in {"GET", "POST"} and "/v1/" in step.request
