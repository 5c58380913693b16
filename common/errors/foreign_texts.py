"""Texts of other services as they may be shown: short, on one line, nothing in them that acts on a screen."""

import re
import unicodedata

MOST_CHARACTERS = 300
"""Of a text that passes; what is longer is more likely a page or a stack than a sentence for a teacher."""

_TERMINAL_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL_CATEGORY = "C"
_ADDRESS = re.compile(r"://|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[A-Za-z][\w.-]*:\d{2,5}\b", re.ASCII)
"""A URL, an IPv4 address, or a host with its port: an exception's text more likely than a sentence for a teacher."""


def sentence(text: str) -> str:
    """Return ``text`` as :func:`one_line` does, empty when it names the address of a machine."""
    return "" if _ADDRESS.search(text) else one_line(text)


def one_line(text: str) -> str:
    """Return ``text`` as one line of at most 300 characters, without control and format characters."""
    plain = _TERMINAL_CODES.sub("", text)
    shown = "".join(" " if character.isspace() else character for character in plain if _is_shown(character))
    line = " ".join(shown.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1].rstrip() + "…"


def _is_shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] != _CONTROL_CATEGORY
