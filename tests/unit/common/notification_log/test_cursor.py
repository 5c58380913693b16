"""The text of a cursor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.notification_log import UNKNOWN_CURSOR, Cursor
from common.notification_log.log import LARGEST_PART

PARTS = st.integers(min_value=0, max_value=LARGEST_PART)
EPOCHS = st.text("0123456789abcdefXYZ_-", min_size=1, max_size=32)


@given(epoch=EPOCHS, ms=PARTS, seq=PARTS)
def test_text_and_cursor_are_one_to_one(epoch: str, ms: int, seq: int) -> None:
    """A cursor's text leads back to it."""
    cursor = Cursor(epoch, ms, seq)

    assert Cursor.parse(str(cursor)) == cursor


@given(st.text())
def test_any_text_is_a_cursor_or_none(text: str) -> None:
    """Parsing never fails, and accepts one spelling only."""
    cursor = Cursor.parse(text)

    assert cursor is None or str(cursor) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e",
        "e:1",
        "e:1-",
        ":1-2",
        "e:1-2 ",
        "e:1-2\n",
        "e:01-2",
        "e:-1-2",
        "e:+1-2",
        "e:1-2-3",
        "e:1_0-2",
        "e:\u0661-2",
        "é:1-2",
        "e" * 33 + ":1-2",
        f"e:{2**53}-0",
        f"e:0-{2**53}",
        "e:99999999999999999999-0",
        "a:b:1-2",
        "$",
    ],
)
def test_what_no_log_gave_out_is_no_cursor(text: str) -> None:
    """Anything but one exact spelling is refused."""
    assert Cursor.parse(text) is None


def test_the_unknown_cursor_can_be_told_like_any_other() -> None:
    """Its text parses, and no epoch a log makes (16 hexadecimal digits) equals its own."""
    assert Cursor.parse(str(UNKNOWN_CURSOR)) == UNKNOWN_CURSOR
    assert len(UNKNOWN_CURSOR.epoch) != 16
