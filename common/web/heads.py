"""What the boundary wants to know of a request's head, read in one pass."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from hypercorn.typing import HTTPScope, WebsocketScope
from quart import Request

from common.correlation import parse_correlation_id
from common.errors.codes import AnyErrorCode, ErrorCode, FeedErrorCode

HEAD_LIMIT_BYTES = 32_768
"""The target and all header fields together; what nginx takes by default (4 buffers of 8 KB)."""

_FIELD_OVERHEAD = len(": \r\n")


@dataclass(frozen=True, slots=True)
class HeadFault:
    """Why a head is refused though it could be parsed."""

    code: AnyErrorCode
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


_CLOSE = {"Connection": "close"}
TOO_LARGE = HeadFault(
    ErrorCode.HEADERS_TOO_LARGE, f"The request line and the headers are larger than {HEAD_LIMIT_BYTES} bytes.", _CLOSE
)
MALFORMED = HeadFault(ErrorCode.INVALID_REQUEST, "The request is malformed.", _CLOSE)
BAD_HANDSHAKE = HeadFault(
    ErrorCode.INVALID_REQUEST,
    "The WebSocket handshake breaks RFC 6455, section 4.",
    {**_CLOSE, "Sec-WebSocket-Version": "13"},
)
OTHER_VERSION = HeadFault(
    FeedErrorCode.UPGRADE_REQUIRED,
    "The handshake must name version 13 of the WebSocket protocol.",
    {"Connection": "Upgrade, close", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"},
)
"""RFC 6455 section 4.4; RFC 9110 section 15.5.22."""

TWO_LENGTHS = HeadFault(ErrorCode.INVALID_REQUEST, "Transfer-Encoding and Content-Length exclude each other.", _CLOSE)
"""Two readers of such a request may disagree where it ends (RFC 9112 section 6.1: request smuggling)."""

TWO_TYPES = HeadFault(ErrorCode.INVALID_REQUEST, "Content-Type may be given once.", _CLOSE)
"""Two readers of such a request may take its body for different things (RFC 9110 section 8.3)."""

CONTROL_CHARACTERS = HeadFault(ErrorCode.INVALID_REQUEST, "A header holds a control character.", _CLOSE)
"""RFC 9110 section 5.5; what is passed on would be refused further on, or read in another way."""

NO_HOST = HeadFault(ErrorCode.INVALID_REQUEST, "Host doesn't name a host.", _CLOSE)
"""RFC 9112 section 3.2; services behind the edge are told the name and may make links of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """One request's head: its correlation id (a fresh one unless a valid one came), ``Accept``, what is wrong."""

    correlation_id: UUID
    accept: str | None
    fault: HeadFault | None


_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_AUTHORITY = re.compile(rb"(?:[\w.~%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?")

UNREAD = Head(UUID(int=0), None, MALFORMED)
"""Stands for a head that could not be parsed."""


def read_head(scope: HTTPScope | WebsocketScope) -> Head:
    """Return what the head of ``scope`` says; header names are in lower case there (ASGI)."""
    size = len(scope["raw_path"]) + len(scope["query_string"])
    fields: dict[bytes, bytes] = {}
    repeated: set[bytes] = set()
    for name, value in scope["headers"]:
        size += len(name) + len(value) + _FIELD_OVERHEAD
        if name in fields:
            repeated.add(name)
        else:
            fields[name] = value
    given = _text(fields.get(b"x-correlation-id"))
    correlation_id = parse_correlation_id(given)
    fault = None
    if size > HEAD_LIMIT_BYTES:
        fault = TOO_LARGE
    elif b"transfer-encoding" in fields and b"content-length" in fields:
        fault = TWO_LENGTHS
    elif b"content-type" in repeated:
        fault = TWO_TYPES
    elif _CONTROL.search(b"".join([value for _, value in scope["headers"]])):
        fault = CONTROL_CHARACTERS
    elif not _AUTHORITY.fullmatch(fields.get(b"host", b"")):
        fault = NO_HOST
    return Head(uuid4() if correlation_id is None else correlation_id, _text(fields.get(b"accept")), fault)


def sent_field(request: Request, name: bytes) -> bytes | None:
    """Return the value of the header ``name`` (lower case) as it was sent, None when it wasn't.

    Several lines of it are one list (RFC 9110 section 5.3). For headers that most requests lack, on every request's
    way: werkzeug's own look-up makes an exception for each one that isn't there, and returns the first line alone.
    """
    lines = [value for field, value in request.scope["headers"] if field == name]
    return b", ".join(lines) if lines else None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
