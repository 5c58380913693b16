"""The demo's stage: a teacher's day as lines on a terminal, or plain text where there is none."""

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table
from rich.text import Text

from sandbox.audience import Heard, Outcome, Step

PLAIN_WIDTH = 140
WIDE = 110
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


def new_console(*, stderr: bool = False) -> Console:
    """Return a console that writes plain, wide lines when it does not write to a terminal."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)


class Stage:
    """An audience that prints what it is told, as it happens."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._outcomes: list[Outcome] = []
        self._heard = 0

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
        self._heard += not heard.event.startswith("feed.")
        facts = (f"{name}={heard.data[name]}" for name in TOLD if name in heard.data)
        line = Text(f"    ← {heard.at_s:6.2f} s  {heard.event}  ", style="cyan")
        self._console.print(line + Text(" ".join(facts), style="dim"), soft_wrap=True)

    def summary(self) -> Table:
        """Return the whole day as a table; the requests only where there is room for them."""
        total_s = sum(outcome.seconds for outcome in self._outcomes)
        caption = f"{len(self._outcomes)} steps in {total_s:.1f} s, {self._heard} notifications live"
        table = Table(title="A teacher's day", caption=caption)
        wide = self._console.width >= WIDE
        for heading in ("step", "request", "outcome") if wide else ("step", "outcome"):
            table.add_column(heading, overflow="fold")
        table.add_column("time", justify="right", no_wrap=True)
        for outcome in self._outcomes:
            request = (outcome.step.request,) if wide else ()
            row = (outcome.step.title, *request, outcome.said)
            table.add_row(*map(escape, row), f"{outcome.seconds * 1000:.0f} ms")
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
