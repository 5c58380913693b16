"""Encodes the response to one request as bytes: its head, and its body by length, in chunks, or up to the end."""

import re
from collections.abc import Iterable
from enum import Enum, auto
from functools import lru_cache
from http import HTTPStatus

from common.web.http1.request_reader import Http1Request, RawHeader, has_stray_break, list_of

_LINES = re.compile(rb"HTTP/1\.1 [0-9]{3} (?:\r\n[!#$%&'*+\-.^_`|~0-9a-z]+: [^\r]*)*")
_LENGTH = re.compile(rb"[0-9]{1,20}")

_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

_LAST_CHUNK = b"0\r\n\r\n"

CONTINUE = b"HTTP/1.1 100 \r\n\r\n"
"""The head that has a client send the body which it held back."""


class ResponseError(Exception):
    """What the app sends is no HTTP response: a header that would break the head, or another length than it told."""


class _Framing(Enum):
    NONE = auto()
    SIZED = auto()
    CHUNKED = auto()
    UNTIL_CLOSED = auto()


class ResponseEncoder:
    """Encodes one response.

    Args:
        request: what is answered; None when it could not be read, and the connection can't be kept.
    """

    __slots__ = ("_closes", "_framing", "_is_head", "_remaining", "_takes_chunks", "complete", "started")

    def __init__(self, request: Http1Request | None) -> None:
        self._is_head = request is not None and request.method == "HEAD"
        self._takes_chunks = request is not None and request.version == "1.1"
        self._closes = request is None or request.is_last
        self._framing = _Framing.NONE
        self._remaining = 0
        self.started = False
        self.complete = False

    @property
    def keeps_connection(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.complete and not self._closes

    def head(self, status: int, headers: Iterable[RawHeader], date: bytes, *, closes: bool = False) -> bytes:
        """Return the head; the headers that say how the body is framed and that the connection closes are added.

        Args:
            status: what is answered.
            headers: those of the app.
            date: the line of the Date header.
            closes: whether the connection is closed whatever the app's headers say.

        Raises ResponseError for a header that HTTP can't carry.
        """
        kept = [(name.lower(), value) for name, value in headers if name != b"transfer-encoding"]
        fields = dict(kept)
        added = [date]
        framing = self._choose_framing(status, kept, fields)
        if framing is _Framing.CHUNKED:
            added.append(b"transfer-encoding: chunked")
        says_close = b"connection" in fields and b"close" in list_of(kept, b"connection")
        self._closes = self._closes or closes or says_close or framing is _Framing.UNTIL_CLOSED
        if self._closes and not says_close:
            added.append(b"connection: close")
        head = _join(status, kept, added)
        self.started = True
        self._framing = _Framing.NONE if self._is_head or status in _BODILESS else framing
        return head

    def body(self, data: bytes) -> bytes:
        """Return ``data`` as it is sent; nothing for a response that has no body. Raises ResponseError for too much."""
        match self._framing:
            case _Framing.NONE:
                return b""
            case _Framing.CHUNKED:
                return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
            case _Framing.SIZED:
                self._remaining -= len(data)
                if self._remaining < 0:
                    message = "the body is longer than Content-Length"
                    raise ResponseError(message)
        return data

    def end(self) -> bytes:
        """Return what ends the body. Raises ResponseError for a body that is too short."""
        if self._framing is _Framing.SIZED and self._remaining:
            message = "the body is shorter than Content-Length"
            raise ResponseError(message)
        self.complete = True
        return _LAST_CHUNK if self._framing is _Framing.CHUNKED else b""

    def _choose_framing(self, status: int, pairs: list[RawHeader], fields: dict[bytes, bytes]) -> _Framing:
        length = fields.get(b"content-length")
        if length is not None:
            if _LENGTH.fullmatch(length) is None or len({v for n, v in pairs if n == b"content-length"}) > 1:
                message = "Content-Length must be one number"
                raise ResponseError(message)
            self._remaining = int(length)
            return _Framing.SIZED
        if status in _BODILESS:
            return _Framing.NONE
        return _Framing.CHUNKED if self._takes_chunks else _Framing.UNTIL_CLOSED


def switch_head(headers: Iterable[RawHeader], date: bytes) -> bytes:
    """Return the head of the response that hands the connection over to another protocol.

    Raises ResponseError for a header that HTTP can't carry.
    """
    return _join(HTTPStatus.SWITCHING_PROTOCOLS, [(name.lower(), value) for name, value in headers], [date])


def _join(status: int, headers: list[RawHeader], added: list[bytes]) -> bytes:
    lines = [_status_line(status), *[b"%b: %b" % pair for pair in headers], *added]
    head = b"\r\n".join(lines)
    if _LINES.fullmatch(head) is None or has_stray_break(head) or head.count(b"\n") != len(lines) - 1:
        message = "a header of the response has a name or value that HTTP can't carry"
        raise ResponseError(message)
    return head + b"\r\n\r\n"


@lru_cache(maxsize=128)
def _status_line(status: int) -> bytes:
    return b"HTTP/1.1 %d " % status
