"""The frames a client may send, recognised or refused."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Ping:
    """``{"type":"ping"}``: the dashboard's heartbeat."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """``{"type":"auth","token"}``: a fresh token for the same user."""

    token: str


@dataclass(frozen=True, slots=True)
class SeenMark:
    """``{"type":"seen","id"}``: the user has looked at everything up to this cursor."""

    cursor: str


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Anything else; ``problem`` says in a sentence what was wrong with it."""

    problem: str


ClientFrame = Ping | Renewal | SeenMark | Unrecognised


def parse_client_frame(raw: str | bytes) -> ClientFrame:
    """Recognise one message as it came off the socket, which bounds its size; never raises."""
    if isinstance(raw, bytes):
        return Unrecognised("A binary message: the feed speaks JSON text.")
    try:
        return _recognise(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return Unrecognised("Not JSON.")


def _recognise(message: object) -> ClientFrame:
    match message:
        case {"type": "ping"}:
            return Ping()
        case {"type": "auth", "token": str(token)}:
            return Renewal(token)
        case {"type": "seen", "id": str(cursor)}:
            return SeenMark(cursor)
        case _:
            return Unrecognised(_problem(message))


def _problem(message: object) -> str:
    match message:
        case {"type": "auth"}:
            return 'An "auth" message needs "token", a string.'
        case {"type": "seen"}:
            return 'A "seen" message needs "id", a string.'
        case {"type": _}:
            return 'Unknown "type": the feed knows ping, auth and seen.'
        case _:
            return 'Not a JSON object with a "type".'
