"""Recognises secrets, and keeps them out of logs and traces.

Known are the names of fields that hold one, the forms of credentials wherever in a value they hide, and values that are
published somewhere.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

FIELD_NAMES: Final = (
    r"pass(?:word|wd|phrase|code)|secret|token|ticket|jwt|api[-_]?key|private[-_]?key|authori[sz]ation|credential"
    r"|cookie"
)
"""A regular expression, to be searched without case: what the name of a field contains that holds a credential."""

_SECRET = re.compile(rf"{FIELD_NAMES}|(?:^|[-_])pass$", re.IGNORECASE)

DEVELOPMENT_INTERNAL_API_KEY = "development-internal-api-key"
"""The internal API key of a development machine where none was set."""

_KNOWN = frozenset(
    {"secret", "changeit", "password", "admin", "huleedu", "test", "dev", "a-string-secret-at-least-256-bits-long"}
)
_TELLING = re.compile(
    r"change[-_ ]?(me|this|in)|replace[-_ ]?(me|this|with)|your[-_ ]|example|insecure|placeholder|password"
    r"|development|sandbox|do[-_ ]not[-_ ]use|super[-_ ]?secret|not[-_ ]?(a|so|very)?[-_ ]?secret|default[-_ ]"
    r"|(dev|test|testing|demo|local|sample|dummy)[-_ ]?(secret|key|jwt|internal|only|token|api)",
    re.IGNORECASE,
)
_MIN_DISTINCT_CHARS = 6

HIDDEN = "***"
MAX_CHARS = 16_384
"""Of one string in a log line; what a client sent may be of any length."""

# A JSON object in base64url begins with ey: a JWT's header does, wherever it stands.
# Atomic groups: no part of a text is searched twice, or a long one from a client would block the event loop.
_JWT = (
    r"(?<![\w-])(?P<before>(?>[\w-]*?(?=eyJ)))eyJ[\w-]{4,}+\.[\w-]{4,}+(?:\.[\w-]*+)?"
    r"|(?<![\w-])ey[A-Z][\w-]{4,}+\.[\w-]{4,}+\.[\w-]*+"
)
_QUERY_VALUE = rf"(?P<name>(?:{FIELD_NAMES})(?:=|%3D))[^&;\s\"'<>]+"
_JSON_VALUE = rf"(?P<member>\"(?=[\w-]*?(?:{FIELD_NAMES}))[\w-]*+\"\s*:\s*)\"(?:[^\"\\]|\\.)*\""
_SCHEME_VALUE = r"(?P<scheme>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"
_CREDENTIAL = re.compile(f"{_JWT}|{_QUERY_VALUE}|{_JSON_VALUE}|{_SCHEME_VALUE}", re.IGNORECASE | re.ASCII)
_MARKS: Final = ("ey", "=", "%3d", '"', "bearer", "basic")
"""Every form above has one of these, in lower case; most of what is logged has none. Looking for them one by one takes
a fifth of the time that a regular expression of them would."""

_HARMLESS = frozenset({bool, int, float, type(None)})


def is_secret(name: str) -> bool:
    """Return whether a field, header or parameter called ``name`` holds a credential."""
    return _SECRET.search(name) is not None


def is_well_known(secret: str) -> bool:
    """Return whether ``secret`` is, or is made from, one that is published somewhere, or repeats a few characters."""
    return secret.lower() in _KNOWN or bool(_TELLING.search(secret)) or len(set(secret)) < _MIN_DISTINCT_CHARS


_is_secret_cached = lru_cache(maxsize=1024)(is_secret)


def redact_event(event: Mapping[str, object]) -> dict[str, object]:
    """Return ``event`` with each fact redacted; those under a secret's name are hidden whole."""
    return {
        str(name): member if type(member) in _HARMLESS else _redact_member(str(name), member)
        for name, member in event.items()
    }


def redact(value: object) -> object:
    """Return ``value`` as JSON can hold it, without credentials.

    Hidden are values under a secret's name (``Authorization``, cookies, passwords, API keys), the values of ``token``
    and ``ticket`` in queries, and whatever looks like a JWT. What isn't plain data is shown by its ``repr``.
    """
    redacted: object
    match value:
        case None | bool() | int() | float() | UUID() | datetime():
            redacted = value
        case str():
            redacted = redact_text(value)
        case Mapping():
            redacted = redact_event(value)
        case list() | tuple() | AbstractSet():
            redacted = [redact(member) for member in value]
        case bytes() | bytearray():
            redacted = redact_text(value.decode("utf-8", "backslashreplace"))
        case _:
            redacted = redact_text(repr(value))
    return redacted


def redact_text(text: str) -> str:
    """Return ``text`` with its credentials hidden, at most ``MAX_CHARS`` of it."""
    if len(text) > MAX_CHARS:
        text = f"{text[:MAX_CHARS]}… ({len(text)} characters)"
    lowered = text.lower()
    for mark in _MARKS:
        if mark in lowered:
            return _CREDENTIAL.sub(_hide, text)
    return text


def _hide(found: re.Match[str]) -> str:
    kept = found["name"] or found["member"] or found["scheme"] or found["before"] or ""
    return f"{kept}{HIDDEN}"


def _redact_member(name: str, member: object) -> object:
    if isinstance(member, str) and type(member) is str:
        return HIDDEN if _is_secret_cached(name) else redact_text(member)
    if isinstance(member, str | bytes | bytearray) and _is_secret_cached(name):
        return HIDDEN
    return redact(member)
