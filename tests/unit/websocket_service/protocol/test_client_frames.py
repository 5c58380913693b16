"""What the feed makes of a client's messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_service.protocol.client_frames import (
    ClientFrame,
    Ping,
    Renewal,
    SeenUpTo,
    Unrecognised,
    parse_client_frame,
)


@pytest.mark.parametrize(
    ("raw", "frame"),
    [
        ('{"type":"ping"}', Ping()),
        ('{"type":"ping","sent":1}', Ping()),
        ('{"type":"auth","token":"t"}', Renewal("t")),
        ('{"type":"seen","id":"e:1-0"}', SeenUpTo("e:1-0")),
    ],
)
def test_known(raw: str, frame: ClientFrame) -> None:
    """The three frames of the contract are recognised, further members or not."""
    assert parse_client_frame(raw) == frame


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'{"type":"ping"}', "Binary"),
        ("", "Not JSON"),
        ("ping", "Not JSON"),
        ('{"type":"ping"', "Not JSON"),
        ("[" * 5000, "Not JSON"),
        ('"\\ud800"', "Not JSON"),
        ("[]", "Not a JSON object"),
        ('"ping"', "Not a JSON object"),
        ("{}", "Not a JSON object"),
        ('{"type":"subscribe"}', 'Unknown "type"'),
        ('{"type":7}', 'Unknown "type"'),
        ('{"type":"auth"}', '"token"'),
        ('{"type":"auth","token":null}', '"token"'),
        ('{"type":"seen","id":5}', '"id"'),
    ],
)
def test_anything_else_is_named(raw: str | bytes, problem: str) -> None:
    """Every other message is refused with a sentence that says what was wrong."""
    frame = parse_client_frame(raw)

    assert isinstance(frame, Unrecognised)
    assert problem in frame.problem


@given(st.text() | st.binary())
def test_never_raises(raw: str | bytes) -> None:
    """No message whatever makes the parser fail."""
    assert isinstance(parse_client_frame(raw), ClientFrame)
