"""What the boundary wants to know of a request's head, read in one pass."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import UUID, uuid4

from hypercorn.typing import HTTPScope, WebsocketScope
from quart import Request

from common.correlation import parse_correlation_id
from common.errors.codes import AnyErrorCode, ErrorCode, FeedErrorCode

HEAD_LIMIT_BYTES = 32_768
"""The target and all header fields together; what nginx takes by default (4 buffers of 8 KB)."""

PARSED_HEAD_BYTES = 2 * HEAD_LIMIT_BYTES
"""How much of a head is read: one that is over the limit by less can be understood, and so be refused in a way that
the page which sent it may read."""

_FIELD_OVERHEAD = len(": \r\n")


@dataclass(frozen=True, slots=True)
class HeadFault:
    """Why a head is refused though it could be parsed; ``status`` where HTTP wants another than the code's."""

    code: AnyErrorCode
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


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

UNKNOWN_CODING = HeadFault(
    ErrorCode.INVALID_REQUEST, "Transfer-Encoding may be chunked only.", _CLOSE, HTTPStatus.NOT_IMPLEMENTED
)
"""RFC 9112 section 6.1."""

CHUNKED_TOO_EARLY = HeadFault(ErrorCode.INVALID_REQUEST, "HTTP/1.0 has no Transfer-Encoding.", _CLOSE)
"""A proxy of that version may have taken the body for another request (RFC 9112 section 6.1)."""

UNKNOWN_EXPECTATION = HeadFault(
    ErrorCode.INVALID_REQUEST, "Expect may be 100-continue only.", _CLOSE, HTTPStatus.EXPECTATION_FAILED
)
"""RFC 9110 section 10.1.1."""

TWO_TYPES = HeadFault(ErrorCode.INVALID_REQUEST, "Content-Type may be given once.", _CLOSE)
"""Two readers of such a request may take its body for different things (RFC 9110 section 8.3)."""

CONTROL_CHARACTERS = HeadFault(ErrorCode.INVALID_REQUEST, "A header holds a control character.", _CLOSE)
"""RFC 9110 section 5.5; what is passed on would be refused further on, or read in another way."""

NO_HOST = HeadFault(ErrorCode.INVALID_REQUEST, "Host doesn't name a host.", _CLOSE)
"""RFC 9112 section 3.2; services behind the edge are told the name and may make links of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """One request's head: its correlation id (a fresh one unless a valid one came), ``Accept``, what is wrong.

    ``is_preflight`` says that a browser asks whether a page may send the request that it describes (Fetch standard).
    """

    correlation_id: UUID
    accept: str | None
    fault: HeadFault | None
    is_preflight: bool = False


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
    fault = TOO_LARGE if size > HEAD_LIMIT_BYTES else _fault_of(scope, fields, repeated)
    return Head(
        uuid4() if correlation_id is None else correlation_id,
        _text(fields.get(b"accept")),
        fault,
        is_preflight=b"access-control-request-method" in fields
        and scope["type"] == "http"
        and scope["method"] == "OPTIONS",
    )


def _fault_of(
    scope: HTTPScope | WebsocketScope, fields: Mapping[bytes, bytes], repeated: set[bytes]
) -> HeadFault | None:
    if b"transfer-encoding" in fields:
        if b"content-length" in fields:
            return TWO_LENGTHS
        if scope["http_version"] == "1.0":
            return CHUNKED_TOO_EARLY
    if b"content-type" in repeated:
        return TWO_TYPES
    if b"expect" in fields and _expects_more(scope):
        return UNKNOWN_EXPECTATION
    if _CONTROL.search(b"".join([value for _, value in scope["headers"]])):
        return CONTROL_CHARACTERS
    return None if _AUTHORITY.fullmatch(fields.get(b"host", b"")) else NO_HOST


def _expects_more(scope: HTTPScope | WebsocketScope) -> bool:
    """Whether anything is expected but ``100-continue``."""
    return any(name == b"expect" and value.lower() != b"100-continue" for name, value in scope["headers"])


def sent_field(request: Request, name: bytes) -> bytes | None:
    """Return the value of the header ``name`` (lower case) as it was sent, None when it wasn't.

    Several lines of it are one list (RFC 9110 section 5.3). For headers that most requests lack, on every request's
    way: werkzeug's own look-up makes an exception for each one that isn't there, and returns the first line alone.
    """
    lines = [value for field, value in request.scope["headers"] if field == name]
    return b", ".join(lines) if lines else None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
