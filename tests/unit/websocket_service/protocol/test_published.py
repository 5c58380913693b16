"""What clients get of the messages on a user's channel."""

import orjson
import pytest

from common.contracts.notification import MAX_NOTIFICATION_BYTES
from common.notification_log import Cursor
from websocket_service.protocol.published import DropReason, parse_published
from websocket_service.protocol.server_frames import Frame, Kind


def test_logged_message() -> None:
    """The log's message is passed on byte for byte, with its place and its event's time."""
    payload = b'{"event":"class_created","data":{"timestamp":"2026-03-02T08:00:00Z"},"id":"e1:5-1"}'

    frame = parse_published(payload)

    assert isinstance(frame, Frame)
    assert frame.kind is Kind.LOGGED
    assert frame.text.encode() == payload
    assert frame.size == len(payload)
    assert frame.cursor == Cursor("e1", 5, 1)
    assert frame.occurred_at == 1772438400.0


@pytest.mark.parametrize("data", ["{}", '{"timestamp":"soon"}', '{"timestamp":7}', "null"])
def test_logged_message_without_a_time(data: str) -> None:
    """A message whose data tells no time is relayed all the same."""
    frame = parse_published(b'{"event":"e","data":%b,"id":"e1:5-1"}' % data.encode())

    assert isinstance(frame, Frame)
    assert frame.occurred_at is None


@pytest.mark.parametrize(
    "payload",
    [b'{"event":"maintenance","data":{"at":"noon"}}', b"{}", '{"event":"hälsning","extra":[1]}'.encode()],
)
def test_direct_message(payload: bytes) -> None:
    """A direct publish is relayed as it is and has no place to resume from."""
    frame = parse_published(payload)

    assert isinstance(frame, Frame)
    assert frame.kind is Kind.DIRECT
    assert frame.text.encode() == payload
    assert frame.cursor is None


@pytest.mark.parametrize("own", [b'"a cursor of mine"', b"7", b'{"deep":1}', b"null", b'"e1:5-1 "'])
def test_direct_message_with_an_id_of_its_own(own: bytes) -> None:
    """It is relayed without it: a client would keep it as the place to come back to, and be told to reset."""
    frame = parse_published(b'{"id":%b,"event":"maintenance","data":{"id":1},"id":%b}' % (own, own))

    assert isinstance(frame, Frame)
    assert frame.kind is Kind.DIRECT
    assert frame.text == '{"event":"maintenance","data":{"id":1}}'
    assert frame.size == len(frame.text)


def test_seen_mark() -> None:
    """The log's own feed.seen is a control frame."""
    frame = parse_published(b'{"event":"feed.seen","data":{"cursor":"e1:5-1","unread":2}}')

    assert isinstance(frame, Frame)
    assert frame.kind is Kind.CONTROL
    assert (frame.cursor, frame.seen) == (None, Cursor("e1", 5, 1))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (orjson.dumps({"event": "e", "data": "x" * MAX_NOTIFICATION_BYTES}), DropReason.TOO_LARGE),
        (orjson.dumps({"event": "e", "data": "x" * 2_000_000}), DropReason.TOO_LARGE),
        (b"hello", DropReason.NOT_AN_OBJECT),
        (b"", DropReason.NOT_AN_OBJECT),
        (b"[]", DropReason.NOT_AN_OBJECT),
        (b'"text"', DropReason.NOT_AN_OBJECT),
        (b"\xff\xfe", DropReason.NOT_AN_OBJECT),
        (b'{"event":"feed.ready","data":{}}', DropReason.RESERVED_EVENT),
        (b'{"event":"feed.anything"}', DropReason.RESERVED_EVENT),
        (b'{"event":"feed\\u002edrain"}', DropReason.RESERVED_EVENT),
        (b'{"event":"feed.drain","data":{},"id":"e1:5-1"}', DropReason.RESERVED_EVENT),
        (b'not json "timestamp","id":"e1:5-1"}', DropReason.NOT_AN_OBJECT),
        (b'\xff,"id":"e1:5-1"}', DropReason.NOT_AN_OBJECT),
        (b'{"id":1,"data":' + b"[" * 900 + b"]" * 900 + b"}", DropReason.NOT_AN_OBJECT),
    ],
)
def test_dropped_direct_message(payload: bytes, reason: DropReason) -> None:
    """What isn't a JSON object, is too large or speaks in the feed's name is dropped, even where it ends as ours do."""
    assert parse_published(payload) is reason


@pytest.mark.parametrize("size", [78_000, MAX_NOTIFICATION_BYTES])
def test_direct_message_of_a_notifications_size(size: int) -> None:
    """What may be told over Kafka may be published directly too."""
    payload = orjson.dumps({"event": "e", "data": "x" * (size - 23)})

    assert len(payload) == size
    assert isinstance(parse_published(payload), Frame)
    assert parse_published(payload, most_bytes=size - 1) is DropReason.TOO_LARGE
