"""Sees to it that everybody who parses a multipart body finds the same parts in it.

Parsers differ in what else they take for a delimiter line than RFC 2046's: one after a bare line feed, one with spaces
behind it, one after the end. A body in which the File Service might find a part that was not inspected here must not
pass. So every occurrence of the delimiter is counted, wherever it stands, and a body that holds one more than the
parser took for one is refused. Honest senders choose a boundary that isn't in their files (RFC 2046 section 5.1.1).
"""

import re

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
        self._tail = b""
        self.seen = 0
        self.closed = False

    def receive(self, chunk: bytes) -> None:
        """Look at the next piece of the body."""
        window = self._tail + chunk
        self.seen += window.count(self._delimiter) - self._tail.count(self._delimiter)
        self.closed = self.closed or self._close in window
        self._tail = window[1 - len(self._close) :]
