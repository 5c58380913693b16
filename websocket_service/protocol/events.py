"""Frames as server-sent events (WHATWG HTML, "Server-sent events")."""

import re
from typing import Final

from websocket_service.protocol.server_frames import HEARTBEAT, Frame

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


HEARTBEAT_LINE: Final = b": heartbeat\n"
"""A comment, and no empty line behind it: common clients take a block without data for an event."""


def retry_line(milliseconds: int) -> bytes:
    """Return how long to wait before a reconnect, as the first line of the event that follows."""
    return b"retry: %d\n" % milliseconds


def event_of(frame: Frame) -> bytes:
    """Return ``frame`` as one event; its cursor is the event's id, so that a browser brings it back by itself.

    ``feed.ready`` has one too: a stream that is lost before its first notification goes on from there.

    JSON holds no line break outside of its escapes, unless who published directly wrote it so: each line is a field.
    """
    if frame is HEARTBEAT:
        return HEARTBEAT_LINE
    identifier = "" if frame.cursor is None else f"id: {frame.cursor}\n"
    fields = "".join(f"data: {line}\n" for line in _LINE_END.split(frame.text))
    return f"{identifier}{fields}\n".encode()
