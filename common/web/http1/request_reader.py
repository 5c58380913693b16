"""Reads the requests of one connection from the bytes that arrive: heads, then bodies by length or in chunks.

What is taken is what h11 0.16 takes, except for folded header lines and control characters in chunk extensions; a test
has both read the same bytes. A head is looked at as a whole, by one expression and for control characters, which is
what makes it cheap. Where two readers could disagree where a request ends, it is refused here or by
:func:`common.web.middleware.request_head.read_head`, which can answer as a web page can read it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus

RawHeader = tuple[bytes, bytes]

_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_LINE_END = rb"\r?\n"
_FIELDS = rb"(?:%b:[^\n]*\n)*" % _NAME

_HEAD = re.compile(
    rb"(?P<method>[!#$%%&'*+\-.^_`|~0-9A-Z]+) (?P<target>[\x21-\x7e]+) HTTP/(?P<version>1\.[01])%b(?P<fields>%b)%b"
    % (_LINE_END, _FIELDS, _LINE_END)
)
"""A method in lower case is another method than the one it looks like, and no other version is spoken."""

_FIELD = re.compile(rb"([^:]+):([^\n]*)\n")
_HEAD_END = re.compile(rb"\n\r?\n")
_EMPTY_LINES = re.compile(rb"(?:\r?\n)*")
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[\t\x20-\x7e\x80-\xff]*)?[ \t]*")
_TRAILER = re.compile(_FIELDS + _LINE_END)
_LENGTH = re.compile(rb"[0-9]{1,20}")

_AROUND_VALUE = b" \t\r"
_LINE_BREAKERS = b"\x00\v\f"
_FIRST_VISIBLE = 0x21

_SINGLE = (b"host", b"content-length", b"transfer-encoding")


class BadRequestError(Exception):
    """What arrived can't be read as a request; ``status`` is what it is to be answered with, if it still can be."""

    def __init__(self, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(status)
        self.status = status


@dataclass(slots=True)
class Http1Request:
    """One request's head.

    Attributes:
        headers: the names in lower case, in the order in which they came.
        fields: the same, by name; of a name that came more than once, one of its values.
        length: bytes of its body, None when that comes in chunks.
        is_last: whether the client sends no other request on this connection.
        expects_continue: whether the client waits for ``100 Continue`` before it sends the body.
    """

    method: str
    target: bytes
    version: str
    headers: list[RawHeader]
    fields: dict[bytes, bytes]
    length: int | None
    is_last: bool
    expects_continue: bool


@dataclass(frozen=True, slots=True)
class BodyPart:
    """Some more of a request's body; ``is_end`` says that no other part follows."""

    data: bytes
    is_end: bool


_EMPTY_BODY = BodyPart(b"", is_end=True)


class _Phase(Enum):
    HEAD = auto()
    SIZED = auto()
    CHUNKED = auto()
    TRAILER = auto()
    BETWEEN = auto()
    """The request is read; the next one waits for :meth:`RequestReader.start_next`."""
    ENDED = auto()


class RequestReader:
    """Reads one connection.

    Args:
        max_head_bytes: how much of a head, of a chunk's size line or of a trailer may arrive without its end.
    """

    __slots__ = ("_buffer", "_chunk_has_ended", "_is_last", "_max_head_bytes", "_phase", "_remaining", "_searched")

    def __init__(self, max_head_bytes: int) -> None:
        self._max_head_bytes = max_head_bytes
        self._buffer = b""
        self._searched = 0
        self._remaining = 0
        self._chunk_has_ended = True
        self._phase = _Phase.HEAD
        self._is_last = False

    @property
    def has_partial_head(self) -> bool:
        """Whether bytes have arrived that belong to no request yet."""
        return bool(self._buffer)

    @property
    def is_between(self) -> bool:
        """Whether a request was read to its end and another may follow."""
        return self._phase is _Phase.BETWEEN

    def feed(self, data: bytes) -> None:
        """Take in what arrived; behind the last request it is dropped."""
        if self._phase is not _Phase.ENDED:
            self._buffer = self._buffer + data if self._buffer else data

    def start_next(self) -> None:
        """Go on with the next request, because the one before it was answered."""
        self._phase = _Phase.HEAD

    def take_rest(self) -> bytes:
        """Stop reading, and return what has arrived and was not read: it belongs to another protocol."""
        rest, self._buffer = self._buffer, b""
        self._phase = _Phase.ENDED
        return rest

    def next_event(self) -> Http1Request | BodyPart | None:
        """Return the next head or part of a body; None while it hasn't arrived, or has to wait for its turn.

        Raises BadRequestError, after which nothing more can be read.
        """
        try:
            match self._phase:
                case _Phase.HEAD:
                    return self._read_head()
                case _Phase.SIZED:
                    return self._read_sized()
                case _Phase.CHUNKED | _Phase.TRAILER:
                    return self._read_chunks()
                case _:
                    return None
        except BadRequestError:
            self.take_rest()
            raise

    def _read_head(self) -> Http1Request | None:
        if self._searched == 0:
            self._skip_empty_lines()
        buffer = self._buffer
        found = _HEAD_END.search(buffer, self._searched)
        if found is None:
            self._wait_for_more(searched=max(0, len(buffer) - 2))
            return None
        head = _HEAD.fullmatch(buffer, 0, found.end())
        if head is None or has_stray_break(buffer[: found.end()]):
            raise BadRequestError
        self._buffer, self._searched = buffer[found.end() :], 0
        method, target, version, fields = head.groups()
        request = _parse(method.decode(), target, version.decode(), fields)
        self._is_last = request.is_last
        self._remaining, self._chunk_has_ended = request.length or 0, True
        self._phase = _Phase.CHUNKED if request.length is None else _Phase.SIZED
        return request

    def _skip_empty_lines(self) -> None:
        """Skip the empty lines before a request line (RFC 9112 section 2.2)."""
        if self._buffer[:1] in {b"\r", b"\n"} and (empty := _EMPTY_LINES.match(self._buffer)) is not None:
            self._buffer = self._buffer[empty.end() :]

    def _wait_for_more(self, *, searched: int) -> None:
        """Note how much was looked at; raises where what follows can't make a request of it."""
        buffer = self._buffer
        if buffer and buffer[0] < _FIRST_VISIBLE and buffer != b"\r":
            raise BadRequestError  # TLS, say: its peer waits for an answer
        self._searched = searched
        self._check_size(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _check_size(self, status: HTTPStatus) -> None:
        if len(self._buffer) > self._max_head_bytes:
            raise BadRequestError(status)

    def _read_sized(self) -> BodyPart | None:
        if self._remaining == 0:
            self._end_request()
            return _EMPTY_BODY
        if not self._buffer:
            return None
        data = self._buffer[: self._remaining]
        self._buffer = self._buffer[self._remaining :]
        self._remaining -= len(data)
        if self._remaining == 0:
            self._end_request()
        return BodyPart(data, is_end=self._remaining == 0)

    def _read_chunks(self) -> BodyPart | None:
        """Return what has arrived of any number of chunks as one part."""
        pieces: list[bytes] = []
        at = 0
        while self._phase is _Phase.CHUNKED and at < len(self._buffer):
            if self._remaining:
                piece = self._buffer[at : at + self._remaining]
                pieces.append(piece)
                at += len(piece)
                self._remaining -= len(piece)
            elif (after := self._read_chunk_line(at)) is None:
                break
            else:
                at = after
        self._buffer = self._buffer[at:]
        if self._phase is _Phase.TRAILER:
            self._read_trailer()
        elif not self._remaining:
            self._check_size(HTTPStatus.BAD_REQUEST)
        is_end = self._phase is not _Phase.CHUNKED and self._phase is not _Phase.TRAILER
        return BodyPart(b"".join(pieces), is_end=is_end) if pieces or is_end else None

    def _read_chunk_line(self, at: int) -> int | None:
        """Read the end of a chunk's data, or the line with its size; return where it ends, None if it is cut."""
        if not self._chunk_has_ended:
            end = self._buffer[at : at + 2]
            if end != b"\r\n"[: len(end)]:
                raise BadRequestError
            self._chunk_has_ended = len(end) == len(b"\r\n")
            return at + 2 if self._chunk_has_ended else None
        line_end = self._buffer.find(b"\r\n", at)
        if line_end < 0:
            return None
        head = _CHUNK_HEAD.fullmatch(self._buffer, at, line_end)
        if head is None:
            raise BadRequestError
        self._remaining = int(head[1], 16)
        self._chunk_has_ended = False
        if self._remaining == 0:
            self._phase = _Phase.TRAILER
        return line_end + 2

    def _read_trailer(self) -> None:
        """Read to the empty line behind the last chunk; what stands before it is checked and dropped."""
        if self._buffer[:1] == b"\n":
            end = 1
        elif self._buffer[:2] == b"\r\n":
            end = 2
        elif (found := _HEAD_END.search(self._buffer)) is not None:
            end = found.end()
        else:
            self._check_size(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        if _TRAILER.fullmatch(self._buffer, 0, end) is None or has_stray_break(self._buffer[:end]):
            raise BadRequestError
        self._buffer = self._buffer[end:]
        self._end_request()

    def _end_request(self) -> None:
        self._phase = _Phase.BETWEEN
        if self._is_last:
            self.take_rest()


def has_stray_break(lines: bytes) -> bool:
    """Tell whether another reader could see a line's end in ``lines`` where there is none, or a carriage return alone.

    Looking through all of them at once is faster than an expression that looks at each character.
    """
    kept = lines.translate(None, _LINE_BREAKERS)
    return len(kept) < len(lines) or lines.count(b"\r") > lines.count(b"\r\n")


def _parse(method: str, target: bytes, version: str, lines: bytes) -> Http1Request:
    headers = [(name.lower(), value.strip(_AROUND_VALUE)) for name, value in _FIELD.findall(lines)]
    fields = dict(headers)
    if len(fields) < len(headers):
        headers = _without_repeated(headers)
    if version == "1.1" and b"host" not in fields:
        raise BadRequestError
    is_last = version == "1.0" or (b"connection" in fields and b"close" in list_of(headers, b"connection"))
    expects = version == "1.1" and b"expect" in fields and b"100-continue" in list_of(headers, b"expect")
    return Http1Request(method, target, version, headers, fields, _length(fields), is_last, expects)


def _without_repeated(headers: list[RawHeader]) -> list[RawHeader]:
    """Return ``headers`` with one Content-Length of several that agree; raises where more than one can't stand."""
    names = [name for name, _ in headers]
    if names.count(b"transfer-encoding") > 1:
        raise BadRequestError(HTTPStatus.NOT_IMPLEMENTED)
    if names.count(b"host") > 1 or len({value for name, value in headers if name == b"content-length"}) > 1:
        raise BadRequestError
    first = names.index(b"content-length") if b"content-length" in names else None
    return [pair for at, pair in enumerate(headers) if pair[0] != b"content-length" or at == first]


def _length(fields: dict[bytes, bytes]) -> int | None:
    """Return how long the body is; chunks win over a length, and a request with both is refused later."""
    coding, length = fields.get(b"transfer-encoding"), fields.get(b"content-length")
    if length is not None and _LENGTH.fullmatch(length) is None:
        raise BadRequestError
    if coding is None:
        return 0 if length is None else int(length)
    if coding.lower() != b"chunked":
        raise BadRequestError(HTTPStatus.NOT_IMPLEMENTED)
    return None


def list_of(headers: Sequence[RawHeader], name: bytes) -> list[bytes]:
    """Return the elements of the list header ``name``, in lower case (RFC 9110 section 5.6.1)."""
    values = b",".join([value for each, value in headers if each == name])
    return [element.strip() for element in values.lower().split(b",")]
