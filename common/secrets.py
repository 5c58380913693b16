"""Recognises secrets: the names of fields that hold one, and values that everybody knows."""

import re

_SECRET = re.compile(
    r"pass(word|wd|phrase|code)|(^|_)pass$|secret|token|ticket|jwt|api_?key|authori[sz]ation|credential|cookie"
    r"|private_?key",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Tell whether a field, header or parameter called ``name`` holds a credential."""
    return _SECRET.search(name.replace("-", "_")) is not None


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
    """Tell whether ``secret`` is, or is made from, one that is published somewhere, or repeats a few characters."""
    return secret.lower() in _KNOWN or bool(_TELLING.search(secret)) or len(set(secret)) < _MIN_DISTINCT_CHARS
