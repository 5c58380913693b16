"""Frames as a WebSocket sends them."""

import pytest
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

from websocket_service.protocol.server_frames import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_text_frame(size: int) -> None:
    """A text is framed as wsproto frames it, whatever the length of its length."""
    text = "x" * size

    assert text_frame(text.encode()) == Connection(ConnectionType.SERVER).send(TextMessage(text))


def test_text_frame_counts_bytes() -> None:
    """Its length is that of its UTF-8, not of its characters."""
    assert text_frame("håll".encode()) == b"\x81\x05" + "håll".encode()
