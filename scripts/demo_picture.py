"""``python -m scripts.demo_picture``: run the demo and draw what it prints as docs/images/demo.svg (``make picture``).

The picture has the steps, the notifications and the figures, without the start of the servers.
It loads no font from elsewhere, so that a page which forbids that shows it too.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.text import Text

PICTURE: Final = Path(__file__).resolve().parents[1] / "docs" / "images" / "demo.svg"
COLUMNS: Final = 136
"""A longer line is cut, since a wider picture can't be read at the width of a page."""

MARKS: Final = ("✓", "←")
"""What begins the line of a step that is done, and of a notification."""

TABLE: Final = "┌"
"""What begins the first line of the table of figures; its title stands above."""

TITLE: Final = "make demo"
FORMAT: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""What rich draws by itself, less the fonts that it would load."""


def main() -> int:
    """Write the picture; return the demo's own exit code."""
    demo = subprocess.run(
        (sys.executable, "-m", "sandbox", "demo"),
        env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS + 40)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if demo.returncode == 0:
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(draw(AnsiDecoder().decode(demo.stdout)), encoding="utf-8")
    return demo.returncode


def draw(printed: Iterable[Text]) -> str:
    """Return an SVG of the lines of ``printed`` that show the day."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        for line in select_steps(printed):
            console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
        return console.export_svg(title=TITLE, code_format=FORMAT, unique_id="demo")


def select_steps(printed: Iterable[Text]) -> Iterator[Text]:
    """Yield the steps and the notifications, without the spinner's frames, then the table of figures with its title."""
    lines = [line for line in printed if line.plain.strip()]
    table = next(at for at, line in enumerate(lines) if line.plain.startswith(TABLE))
    yield from (line for line in lines[: table - 1] if line.plain.lstrip().startswith(MARKS))
    yield from lines[table - 1 :]


if __name__ == "__main__":
    sys.exit(main())
