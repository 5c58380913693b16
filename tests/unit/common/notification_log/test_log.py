"""Cursors as text, what a log keeps, and its frames among what others publish on a user's channel."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.notification_log import UNKNOWN_CURSOR, Cursor, DirectFrame, LoggedFrame, SeenFrame, read_published
from common.notification_log.log import LARGEST_PART, Retention, with_id

PARTS = st.integers(min_value=0, max_value=LARGEST_PART)
EPOCHS = st.text("0123456789abcdefXYZ_-", min_size=1, max_size=32)

CURSOR = Cursor("0123456789abcdef", 1772438400000, 3)


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


def test_a_logged_frame_tells_its_cursor() -> None:
    """The id at the end is the cursor, and the payload is the frame untouched."""
    frame = with_id(b'{"event":"x","data":{"id":"mine"}}', CURSOR)

    assert frame == b'{"event":"x","data":{"id":"mine"},"id":"0123456789abcdef:1772438400000-3"}'
    assert read_published(frame) == LoggedFrame(CURSOR, frame)


def test_the_longest_id_is_found() -> None:
    """An id of the greatest length a cursor can have is still seen."""
    longest = Cursor("e" * 32, 2**53 - 1, 2**53 - 1)
    frame = with_id(b'{"event":"x","data":{}}', longest)

    assert read_published(frame) == LoggedFrame(longest, frame)


def test_a_moved_mark_tells_its_cursor() -> None:
    """The log's own feed.seen is told from one that somebody else made up in another shape."""
    frame = b'{"event":"feed.seen","data":{"cursor":"0123456789abcdef:1772438400000-3","unread":12}}'

    assert read_published(frame) == SeenFrame(CURSOR, frame)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"not json",
        b'{"event":"x","data":{}}',
        b'{"event":"x","data":{},"id":"mine"}',
        b'{"event":"x","data":{"a":1,"id":"0123456789abcdef:1-3"}}',
        b'{"event":"x","data":{},"id":"0123456789abcdef:1-3"} ',
        b'{"event":"x","data":{},"id":"0123456789abcdef:1-3"}\n',
        b'{"event":"x","data":"\\",\\"id\\":\\"e:1-3\\"}"}',
        b'{"event":"x","data":{},"id":"e:9007199254740992-3"}',
        b'{"event":"feed.seen","data":{"cursor":"mine","unread":1}}',
        b'{"event":"feed.seen","data":{"cursor":"e:9007199254740992-0","unread":1}}',
        b'{"event":"feed.seen","data":{"unread":1,"cursor":"e:1-0"}}',
        b'{"event":"feed.drain","data":{}}',
    ],
)
def test_anything_else_is_somebody_elses(payload: bytes) -> None:
    """Direct publishes come without a cursor of ours at their end, whatever they hold."""
    assert read_published(payload) == DirectFrame(payload)


@given(st.binary())
def test_no_bytes_make_it_fail(payload: bytes) -> None:
    """Whatever is published is told apart, never an error, and never changed."""
    assert read_published(payload).payload == payload


def test_the_defaults_are_the_feeds_contract() -> None:
    """500 entries, 24 hours, a state of 30 days; an event is known for longer than Kafka's seven days."""
    kept = Retention()

    assert (kept.entries, kept.entry_age, kept.state_age) == (500, timedelta(hours=24), timedelta(days=30))
    assert kept.stream_bytes == 4 * 1024 * 1024
