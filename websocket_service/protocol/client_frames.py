"""Parses the frames a client may send."""

from dataclasses import dataclass
from typing import ClassVar

import orjson


@dataclass(frozen=True, slots=True)
class Ping:
    """``{"type":"ping"}``: the dashboard's heartbeat."""

    kind: ClassVar[str] = "Ping"
    """The frame's name as a metric label, here and below."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """``{"type":"auth","token"}``: a fresh token for the same user."""

    kind: ClassVar[str] = "Renewal"
    token: str


@dataclass(frozen=True, slots=True)
class SeenUpTo:
    """``{"type":"seen","id"}``: the user has looked at everything up to this cursor."""

    kind: ClassVar[str] = "SeenMark"
    cursor: str


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Anything else; ``problem`` says in a sentence what was wrong with it."""

    kind: ClassVar[str] = "Unrecognised"
    problem: str


ClientFrame = Ping | Renewal | SeenUpTo | Unrecognised


def parse_client_frame(raw: str | bytes) -> ClientFrame:
    """Parse one message as it came off the socket, which bounds its size; never raises."""
    if isinstance(raw, bytes):
        return Unrecognised("Binary messages are not supported; send JSON text.")
    try:
        return _parse(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return Unrecognised("Not JSON.")


def _parse(message: object) -> ClientFrame:
    match message:
        case {"type": "ping"}:
            return Ping()
        case {"type": "auth", "token": str(token)}:
            return Renewal(token)
        case {"type": "seen", "id": str(cursor)}:
            return SeenUpTo(cursor)
        case _:
            return Unrecognised(_problem(message))


def _problem(message: object) -> str:
    match message:
        case {"type": "auth"}:
            return 'An "auth" message needs "token", a string.'
        case {"type": "seen"}:
            return 'A "seen" message needs "id", a string.'
        case {"type": _}:
            return 'Unknown "type"; the feed knows ping, auth and seen.'
        case _:
            return 'Not a JSON object with a "type".'
