"""Telling the log's frames from what others publish on a user's channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.notification_log import Cursor, DirectFrame, LoggedFrame, SeenFrame, read_published
from common.notification_log.log import with_id

CURSOR = Cursor("0123456789abcdef", 1772438400000, 3)


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
