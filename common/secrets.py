"""Recognises secrets: the names of fields that hold one, and values that are published somewhere."""

import re
from typing import Final

FIELD_NAMES: Final = (
    r"pass(?:word|wd|phrase|code)|secret|token|ticket|jwt|api[-_]?key|private[-_]?key|authori[sz]ation|credential"
    r"|cookie"
)
"""A regular expression, to be searched without case: what the name of a field contains that holds a credential."""

_SECRET = re.compile(rf"{FIELD_NAMES}|(?:^|[-_])pass$", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Return whether a field, header or parameter called ``name`` holds a credential."""
    return _SECRET.search(name) is not None


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


def is_well_known(secret: str) -> bool:
    """Return whether ``secret`` is, or is made from, one that is published somewhere, or repeats a few characters."""
    return secret.lower() in _KNOWN or bool(_TELLING.search(secret)) or len(set(secret)) < _MIN_DISTINCT_CHARS
