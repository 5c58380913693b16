"""Checks request paths before anything decodes them, and writes those sent to upstreams (docs/gateway.md, row 8)."""

import re
from urllib.parse import quote, unquote_to_bytes

MAX_ID_CHARACTERS = 255
"""Of a batch's or a file's id; the platform keeps no longer ones."""

DELETE = 0x7F

UNSEEN = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff9-\ufffb"
)
"""Controls, formats, separators and private characters: what a log or a person can't show. The inside of a class of
characters, in the regular expressions of Python, of JSON Schema and of the validators there are for that."""

SEGMENT_PATTERN = r"^(?!\.{1,2}(?:;|$))[^\u0000-\u001f\u007f/\\]+$"
"""One segment of a path, decoded: neither a dot segment, nor parted in two."""

ID_PATTERN = rf"^(?!\.{{1,2}}(?:;|$))[^ {UNSEEN}/\\](?:[^{UNSEEN}/\\]*[^ {UNSEEN}/\\])?$"
"""An identifier in a path: what :func:`path_fault` and :func:`id_fault` let pass, for the OpenAPI description."""

_PLAIN = re.compile(rb"(?=/)(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*/?")
_UNSEEN = re.compile(f"[{UNSEEN}\ud800-\udfff]")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def path_fault(raw_path: bytes) -> str | None:
    """Return what is wrong with a raw path, or None when routing, limits and upstreams will all read it alike.

    Refused are dot segments in any spelling (``..``, ``%2e.``, ``..;x``), encoded slashes, backslashes and control
    characters, escapes that aren't valid or don't spell UTF-8, and two slashes at the beginning: routing takes them
    for one, and another reader takes what follows for a host.
    """
    if _PLAIN.fullmatch(raw_path):
        return None
    if not raw_path.startswith(b"/"):
        return "it doesn't begin with a slash"
    if raw_path.startswith(b"//"):
        return "it begins with two slashes"
    if _BAD_ESCAPE.search(raw_path):
        return "a percent sign isn't followed by two hexadecimal digits"
    return _fault_of_decoded(raw_path, unquote_to_bytes(raw_path))


def holds_control(text: str) -> bool:
    """Whether one of the characters of ``text`` is a control character of ASCII's."""
    return any(character < " " or ord(character) == DELETE for character in text)


def id_fault(value: str) -> str | None:
    """Return what is wrong with an identifier taken from a path, or None."""
    if not value:
        return "is empty"
    if len(value) > MAX_ID_CHARACTERS:
        return f"is longer than {MAX_ID_CHARACTERS} characters"
    if value != value.strip():
        return "begins or ends with a blank"
    if _UNSEEN.search(value):
        return "contains characters that can't be printed"
    return None


def path_segment(value: str) -> str:
    """Return ``value`` as one segment of an upstream's path, whatever it holds.

    A value of dots alone is escaped too: unescaped it would name another resource.
    """
    if value.isascii() and value.replace("-", "").isalnum():
        return value  # as most are
    quoted = quote(value, safe="")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")


def _fault_of_decoded(raw_path: bytes, decoded: bytes) -> str | None:
    if decoded.count(b"/") != raw_path.count(b"/"):
        return "a slash is percent-encoded"
    if b"\\" in decoded:
        return "it contains a backslash"
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        return "its percent-encoding isn't valid UTF-8"
    if holds_control(text):
        return "it contains a control character"
    if any(segment.partition(";")[0] in {".", ".."} for segment in text.split("/")):
        return "it contains a dot segment"
    return None
