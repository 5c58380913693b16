"""What a client's opening handshake has to be (RFC 6455 section 4.2.1; RFC 9110 section 7.8 for ``Upgrade``).

Header names come in lower case. Several lines of one list header are one list, in this order.
"""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus

RawHeader = tuple[bytes, bytes]

VERSION = b"13"

_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
"""16 bytes in base64."""

_DEFLATE_OFFER = re.compile(
    rb"permessage-deflate"
    rb"(\s*;\s*((server|client)_no_context_takeover|client_max_window_bits|(server|client)_max_window_bits=\d{1,2}))*"
)
"""RFC 7692 section 7.1, less quoted values, which no client sends."""

_PREFIX = b"sec-websocket-"


def asks_for_websocket(headers: Sequence[RawHeader]) -> bool:
    """Tell whether WebSocket is among the protocols that the client would upgrade to."""
    return b"upgrade" in _tokens(headers, b"connection") and b"websocket" in _tokens(headers, b"upgrade")


def for_websocket(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` with one line that asks for the upgrade to WebSocket and nothing else."""
    return [*without_upgrade(headers), (b"connection", b"Upgrade"), (b"upgrade", b"websocket")]


def without_upgrade(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` without a wish to upgrade."""
    return [pair for pair in headers if pair[0] not in {b"connection", b"upgrade"}]


def refusal_status(headers: Sequence[RawHeader]) -> HTTPStatus | None:
    """Return the status that refuses the handshake, None for one that may be accepted.

    426 for another version than 13, or none; 400 for a key that is missing, repeated or not 16 bytes in base64, and for
    bytes outside of ASCII in a header of the protocol.
    """
    if _values(headers, b"sec-websocket-version") != [VERSION]:
        return HTTPStatus.UPGRADE_REQUIRED
    keys = _values(headers, b"sec-websocket-key")
    if len(keys) != 1 or _KEY.fullmatch(keys[0]) is None:
        return HTTPStatus.BAD_REQUEST
    is_ascii = all(value.isascii() for name, value in headers if name.startswith(_PREFIX))
    return None if is_ascii else HTTPStatus.BAD_REQUEST


def without_handshake(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` without those of the WebSocket protocol."""
    return [pair for pair in headers if not pair[0].startswith(_PREFIX)]


def with_whole_lists(headers: Sequence[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` with the subprotocols on one line and the extensions on another.

    Of the extensions only well-formed offers of permessage-deflate stay; no other is ever accepted.
    """
    protocols = _elements(headers, b"sec-websocket-protocol")
    offers = [offer for offer in _elements(headers, b"sec-websocket-extensions") if _DEFLATE_OFFER.fullmatch(offer)]
    lists = ((b"sec-websocket-protocol", protocols), (b"sec-websocket-extensions", offers))
    others = [pair for pair in headers if pair[0] not in {name for name, _ in lists}]
    return [*others, *((name, b", ".join(elements)) for name, elements in lists if elements)]


def _tokens(headers: Iterable[RawHeader], name: bytes) -> list[bytes]:
    return [element.lower() for element in _elements(headers, name)]


def _elements(headers: Iterable[RawHeader], name: bytes) -> list[bytes]:
    stripped = (element.strip() for element in b",".join(_values(headers, name)).split(b","))
    return [element for element in stripped if element]


def _values(headers: Iterable[RawHeader], name: bytes) -> list[bytes]:
    return [value for each, value in headers if each == name]
