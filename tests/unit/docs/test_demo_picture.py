"""README.md's picture shows the steps of the demo and loads nothing."""

import re

from rich.text import Text

from scripts.demo_picture import PICTURE, draw

MOST_BYTES = 200_000
PRINTED = """\
   0.16 s  valkey is ready
⠋ Log out …
✓ Log out
    ←   0.1 s  feed.ready

  A teacher's day
┌───────┬───┐
│ steps │ 1 │
└───────┴───┘
"""


def test_a_picture_has_steps_notifications_and_figures() -> None:
    """The start of the servers and the spinner are left out."""
    picture = draw(map(Text, PRINTED.splitlines()))

    matrix = picture.partition('<g class="demo-matrix">')[2]
    shown = [line.replace("&#160;", " ").strip() for line in re.findall(r"<text[^>]*>(.*?)</text>", matrix)]
    assert [line for line in shown if line] == [
        "✓ Log out",
        "←   0.1 s  feed.ready",
        "A teacher&#x27;s day",
        "┌───────┬───┐",
        "│ steps │ 1 │",
        "└───────┴───┘",
    ]


def test_the_kept_picture_is_small_and_complete_in_itself() -> None:
    """It names no other address than SVG's own namespace, so no font or style comes from elsewhere."""
    picture = PICTURE.read_text(encoding="utf-8")

    assert len(picture.encode()) <= MOST_BYTES
    assert set(re.findall(r"https?://[^\"')\s]+", picture)) == {"http://www.w3.org/2000/svg"}
