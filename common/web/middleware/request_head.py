"""Reads and checks a request's head, and what a WebSocket handshake has to be besides.

Handshakes: RFC 6455 section 4.2.1, RFC 9110 section 7.8 for ``Upgrade``. Header names come in lower case. Several
lines of one list header are one list, in this order.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
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
"""How much of a head is parsed. A head over HEAD_LIMIT_BYTES but within this is understood well enough to be refused
with CORS headers, so that the page which sent it may read the error."""

_FIELD_OVERHEAD = len(": \r\n")

RawHeader = tuple[bytes, bytes]

VERSION = b"13"

_CONTROLS = bytes([*range(0x09), *range(0x0A, 0x20), 0x7F])
"""All but the tab."""

_AUTHORITY = re.compile(rb"(?:(?:[\w~%-]{1,63}(?:\.[\w~%-]{1,63})*\.?)?|\[[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+\])(?::\d*)?")
"""A host and its port. A label has 1 to 63 characters (RFC 1035 section 2.3.4), or werkzeug can't encode the name."""

_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
"""16 bytes in base64."""

_DEFLATE_OFFER = re.compile(
    rb"permessage-deflate"
    rb"(\s*;\s*((server|client)_no_context_takeover|client_max_window_bits|(server|client)_max_window_bits=\d{1,2}))*"
)
"""RFC 7692 section 7.1, less quoted values, which no client sends."""

_PREFIX = b"sec-websocket-"

_LISTS = frozenset({b"sec-websocket-protocol", b"sec-websocket-extensions"})


@dataclass(frozen=True, slots=True)
class HeaderError:
    """Why a head is refused though it could be parsed; ``status`` where HTTP wants another than the code's."""

    code: AnyErrorCode
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


_CLOSE = {"Connection": "close"}

TOO_LARGE = HeaderError(
    ErrorCode.HEADERS_TOO_LARGE, f"The request line and the headers are larger than {HEAD_LIMIT_BYTES} bytes.", _CLOSE
)

MALFORMED = HeaderError(ErrorCode.INVALID_REQUEST, "The request is malformed.", _CLOSE)

BAD_HANDSHAKE = HeaderError(
    ErrorCode.INVALID_REQUEST,
    "The WebSocket handshake violates RFC 6455, section 4.",
    {**_CLOSE, "Sec-WebSocket-Version": "13"},
)

OTHER_VERSION = HeaderError(
    FeedErrorCode.UPGRADE_REQUIRED,
    "The handshake must specify version 13 of the WebSocket protocol.",
    {"Connection": "Upgrade, close", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"},
)
"""RFC 6455 section 4.4; RFC 9110 section 15.5.22."""

TWO_LENGTHS = HeaderError(
    ErrorCode.INVALID_REQUEST, "Transfer-Encoding and Content-Length are mutually exclusive.", _CLOSE
)
"""Two readers of such a request may disagree where it ends (RFC 9112 section 6.1: request smuggling)."""

UNKNOWN_CODING = HeaderError(
    ErrorCode.INVALID_REQUEST, "Transfer-Encoding must be chunked.", _CLOSE, HTTPStatus.NOT_IMPLEMENTED
)
"""RFC 9112 section 6.1."""

CHUNKED_TOO_EARLY = HeaderError(ErrorCode.INVALID_REQUEST, "HTTP/1.0 doesn't support Transfer-Encoding.", _CLOSE)
"""A proxy of that version may have taken the body for another request (RFC 9112 section 6.1)."""

UNKNOWN_EXPECTATION = HeaderError(
    ErrorCode.INVALID_REQUEST, "Expect must be 100-continue.", _CLOSE, HTTPStatus.EXPECTATION_FAILED
)
"""RFC 9110 section 10.1.1."""

TWO_TYPES = HeaderError(ErrorCode.INVALID_REQUEST, "Content-Type must be given only once.", _CLOSE)
"""Two readers of such a request may take its body for different things (RFC 9110 section 8.3)."""

CONTROL_CHARACTERS = HeaderError(ErrorCode.INVALID_REQUEST, "A header contains a control character.", _CLOSE)
"""RFC 9110 section 5.5; what is passed on would be refused further on, or read in another way."""

NO_HOST = HeaderError(ErrorCode.INVALID_REQUEST, "Host is not a valid host.", _CLOSE)
"""RFC 9112 section 3.2; services behind the edge get the name and may make links of it."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """One request's head: its correlation id (a fresh one unless a valid one came), ``Accept``, what is wrong.

    ``is_preflight`` says that a browser asks whether a page may send the request that it describes (Fetch standard).
    """

    correlation_id: UUID
    accept: str | None
    error: HeaderError | None
    is_preflight: bool = False


UNREAD = RequestHead(UUID(int=0), None, MALFORMED)
"""Stands in for a head that could not be parsed."""


def read_head(scope: HTTPScope | WebsocketScope) -> RequestHead:
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
    error = TOO_LARGE if size > HEAD_LIMIT_BYTES else _find_error(scope, fields, repeated)
    return RequestHead(
        uuid4() if correlation_id is None else correlation_id,
        _text(fields.get(b"accept")),
        error,
        is_preflight=b"access-control-request-method" in fields
        and scope["type"] == "http"
        and scope["method"] == "OPTIONS",
    )


def _find_error(
    scope: HTTPScope | WebsocketScope, fields: Mapping[bytes, bytes], repeated: set[bytes]
) -> HeaderError | None:
    if b"transfer-encoding" in fields:
        if b"content-length" in fields:
            return TWO_LENGTHS
        if scope["http_version"] == "1.0":
            return CHUNKED_TOO_EARLY
    if b"content-type" in repeated:
        return TWO_TYPES
    if b"expect" in fields and _expects_more(scope):
        return UNKNOWN_EXPECTATION
    values = b"".join([value for _, value in scope["headers"]])
    if len(values.translate(None, _CONTROLS)) < len(values):
        return CONTROL_CHARACTERS
    return None if _AUTHORITY.fullmatch(fields.get(b"host", b"")) else NO_HOST


def _expects_more(scope: HTTPScope | WebsocketScope) -> bool:
    """Whether anything is expected but ``100-continue``."""
    return any(name == b"expect" and value.lower() != b"100-continue" for name, value in scope["headers"])


def raw_header(request: Request, name: bytes) -> bytes | None:
    """Return the value of the header ``name`` (lower case) as it was sent, None when it wasn't.

    Several lines of it are one list (RFC 9110 section 5.3). For headers that most requests lack, on every request's
    way: werkzeug's own look-up makes an exception for each one that isn't there, and returns the first line alone.
    """
    lines = [value for field, value in request.scope["headers"] if field == name]
    return b", ".join(lines) if lines else None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def asks_for_websocket(headers: Sequence[RawHeader]) -> bool:
    """Tell whether WebSocket is among the protocols that the client would upgrade to."""
    connection, upgrade = _elements(headers, b"connection"), _elements(headers, b"upgrade")
    return b"upgrade" in map(bytes.lower, connection) and b"websocket" in map(bytes.lower, upgrade)


def with_websocket_upgrade(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` with one line that asks for the upgrade to WebSocket and nothing else."""
    return [*without_upgrade(headers), (b"connection", b"Upgrade"), (b"upgrade", b"websocket")]


def without_upgrade(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` without a wish to upgrade."""
    return [pair for pair in headers if pair[0] not in {b"connection", b"upgrade"}]


def handshake_error_status(headers: Sequence[RawHeader]) -> HTTPStatus | None:
    """Return the status that refuses the handshake, None for one that may be accepted.

    426 for another version than 13, or none; 400 for a key that is missing, repeated or not 16 bytes in base64, and for
    bytes outside of ASCII in a header of the protocol.
    """
    if _values(headers, b"sec-websocket-version") != [VERSION]:
        return HTTPStatus.UPGRADE_REQUIRED
    keys = _values(headers, b"sec-websocket-key")
    if len(keys) != 1 or _KEY.fullmatch(keys[0]) is None:
        return HTTPStatus.BAD_REQUEST
    protocol = b"".join([value for name, value in headers if name.startswith(_PREFIX)])
    return None if protocol.isascii() else HTTPStatus.BAD_REQUEST


def without_handshake(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` without those of the WebSocket protocol."""
    return [pair for pair in headers if not pair[0].startswith(_PREFIX)]


def join_list_headers(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` with the subprotocols on one line and the extensions on another.

    Of the extensions only well-formed offers of permessage-deflate stay; no other is ever accepted.
    """
    protocols = _elements(headers, b"sec-websocket-protocol")
    offers = [offer for offer in _elements(headers, b"sec-websocket-extensions") if _DEFLATE_OFFER.fullmatch(offer)]
    joined = [pair for pair in headers if pair[0] not in _LISTS]
    if protocols:
        joined.append((b"sec-websocket-protocol", b", ".join(protocols)))
    if offers:
        joined.append((b"sec-websocket-extensions", b", ".join(offers)))
    return joined


def _elements(headers: Iterable[RawHeader], name: bytes) -> list[bytes]:
    line = b",".join([value for each, value in headers if each == name])
    return [element for part in line.split(b",") if (element := part.strip())] if line else []


def _values(headers: Iterable[RawHeader], name: bytes) -> list[bytes]:
    return [value for each, value in headers if each == name]
