"""Which field names hold what must never be echoed."""

import re

_SECRET = re.compile(
    r"pass(word|wd|phrase|code)|(^|_)pass$|secret|token|ticket|jwt|api_?key|authori[sz]ation|credential|cookie"
    r"|private_?key",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Tell whether a field, header or parameter called ``name`` holds a credential."""
    return _SECRET.search(name.replace("-", "_")) is not None
