"""Frames as server-sent events."""

import pytest

from common.notification_log import Cursor
from websocket_service.protocol.server_frames import HEARTBEAT, Frame, encode_event, encode_frame, reset, retry_line


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (encode_frame(b'{"a":1}'), b'data: {"a":1}\n\n'),
        (encode_frame(b'{"a":1}', cursor=Cursor("e", 5, 1)), b'id: e:5-1\ndata: {"a":1}\n\n'),
        (encode_frame(b'{\r\n"a":\r1\n}'), b'data: {\ndata: "a":\ndata: 1\ndata: }\n\n'),
        (encode_frame('{"a":"\u2028"}'.encode()), 'data: {"a":"\u2028"}\n\n'.encode()),
        (HEARTBEAT, b": heartbeat\n"),
        (
            reset(cursor=Cursor("e", 5, 1)),
            b'id: e:5-1\ndata: {"event":"feed.ready","data":{"cursor":"e:5-1","outcome":"reset"}}\n\n',
        ),
    ],
)
def test_event(frame: Frame, text: bytes) -> None:
    """A frame is one event; its cursor is the id; line breaks between tokens don't end it; a heartbeat is no event."""
    assert encode_event(frame) == text


def test_retry() -> None:
    """The pause before a reconnect is told in milliseconds, as a line of the event behind it."""
    assert retry_line(1500) == b"retry: 1500\n"
