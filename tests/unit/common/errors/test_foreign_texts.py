"""What other services write reaches a screen as one short, harmless line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors.foreign_texts import MOST_CHARACTERS, one_line, sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Batch is locked: SPELLCHECK_STARTED", "Batch is locked: SPELLCHECK_STARTED"),
        ("  Läraren\r\n\thar ingen\u2028klass  ", "Läraren har ingen klass"),
        ("\x1b[31;1mred\x1b[0m \x07bell\x00", "red bell"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\x1b[2J \n", ""),
        ("", ""),
        ("x" * 301, "x" * 299 + "…"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_text_becomes_a_line(text: str, line: str) -> None:
    """White space is one blank, control and format characters go, and what is longer than may be is marked as cut."""
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The aggregator at http://ras:5003 failed", ""),
        ("Cannot connect to host result-aggregator:5003 ssl:default", ""),
        ("Connect call failed ('10.0.0.7', 5432)", ""),
        ("postgresql://user:secret@db/batches", ""),
        ("Batch is locked: SPELLCHECK_STARTED", "Batch is locked: SPELLCHECK_STARTED"),
        ("Wait until 12:30, or 10.5 minutes", "Wait until 12:30, or 10.5 minutes"),
    ],
)
def test_a_sentence_names_no_machine(text: str, told: str) -> None:
    """An address tells a teacher nothing, and others where the services are."""
    assert sentence(text) == told


@given(st.text())
def test_a_line_is_always_short_and_plain(text: str) -> None:
    """Whatever the text holds, nothing in its line acts on a screen."""
    line = one_line(text)

    assert len(line) <= MOST_CHARACTERS
    assert not any(unicodedata.category(character).startswith(("C", "Zl", "Zp")) for character in line)
