"""The multipart parser, made to refuse what another parser would read in another way."""

import re

from multipart import ParserError, PushMultipartParser
from typing_extensions import override

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{0,69}[0-9A-Za-z'()+_,./:=?]")


def is_sound_boundary(boundary: str) -> bool:
    """Whether ``boundary`` is one of RFC 2046 section 5.1.1, without spaces and not ending in a hyphen.

    A hyphen at the end could be read as the beginning of the two that mark the last delimiter.
    """
    return _BOUNDARY.fullmatch(boundary) is not None


class Delimiters:
    """Counts the delimiters of ``boundary`` in a body that is shown to it piece by piece."""

    def __init__(self, boundary: str) -> None:
        self._delimiter = b"--" + boundary.encode()
        self._close = self._delimiter + b"--"
        self._keep = len(self._close) - 1
        self._start = b""
        self._tail = b""
        self._clean = True
        self.seen = 0
        self.closed = False

    @property
    def begins_well(self) -> bool:
        """Whether the body begins with its first delimiter, as far as it was received.

        RFC 2046 allows a preamble before it, but parsers don't agree where that may end, and no browser sends one.
        """
        openings = (self._delimiter, b"\r\n" + self._delimiter)
        return any(each.startswith(self._start) or self._start.startswith(each) for each in openings)

    def receive(self, chunk: bytes) -> bool:
        """Look at the next piece of the body.

        Returns:
            Whether a parser that is inside a part may do without this piece: no delimiter, with the line break before
            it, lies in it, reaches into it or may begin in it.
        """
        if len(self._start) < len(self._close):
            self._start = (self._start + chunk[: len(self._close)])[: len(self._close)]
        # Where two pieces meet, a few bytes of each are looked at; joining the pieces would copy the whole body.
        reach = len(self._delimiter) - 1
        met = len(self._tail)
        seam = self._tail + chunk[: self._keep]
        straddling = seam.count(self._delimiter, max(0, met - reach), met + reach)
        inside = chunk.count(self._delimiter)
        self.seen += straddling + inside
        self.closed = self.closed or self._close in seam or (inside > 0 and self._close in chunk)
        was_clean = self._clean
        self._tail = (seam if len(chunk) < self._keep else chunk)[-self._keep :]
        self._clean = b"\r" not in self._tail
        return was_clean and self._clean and not straddling and not inside


_HEADER_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*")


class StrictParser(PushMultipartParser):  # type: ignore[misc]  # multipart ships no types
    """Takes header lines of RFC 9110 section 5 alone: a token, a colon, no control characters, no folding."""

    @override
    def _on_segment_headerline(self, line: bytes) -> None:
        if not _HEADER_LINE.fullmatch(line):
            message = "Malformed segment header"
            raise ParserError(message)
        super()._on_segment_headerline(line)
