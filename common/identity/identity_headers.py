"""The headers that tell services which user is calling, and the detection of forged ones in requests.

Names and the encoding rule are the platform contract's. ``X-Identity-Encoding: url`` speaks for the request, not for
one value, so a consumer decodes both ids when it is there: as soon as one id needs encoding, both are encoded. While
the marker is absent a value goes as it is, ``%`` signs included.
"""

import re
from functools import lru_cache
from itertools import product
from urllib.parse import quote
from uuid import UUID

from common.correlation import CORRELATION_HEADER
from common.identity.principal import Principal

USER_HEADER = "X-User-ID"
ORG_HEADER = "X-Org-ID"
ENCODING_HEADER = "X-Identity-Encoding"
INTERNAL_KEY_HEADER = "X-Internal-API-Key"
SERVICE_HEADER = "X-Service-ID"

_TRUSTED = (USER_HEADER, ORG_HEADER, ENCODING_HEADER, INTERNAL_KEY_HEADER, SERVICE_HEADER)
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]")
# Spaces inside an id are visible to HTTP only between other characters; control characters never are.
_PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def _spellings(name: str) -> set[str]:
    """Return ``name`` in lower case with every mixture of hyphens and underscores."""
    words = name.lower().split("-")
    mixtures = product("-_", repeat=len(words) - 1)
    return {words[0] + "".join(map("".join, zip(mixture, words[1:], strict=True))) for mixture in mixtures}


IDENTITY_HEADERS: frozenset[str] = frozenset().union(*map(_spellings, _TRUSTED))
"""Names, in lower case, that only the edge may set, underscore variants too: servers behind the edge fold both."""


LONGEST_REMEMBERED_NAME = 40
"""Characters of the longest name whose folded form is remembered; callers choose the names."""


def fold_name(name: str) -> str:
    """Return a header's name as CGI-like servers behind the edge tell names apart.

    Case doesn't matter to them, and any punctuation counts as a hyphen.
    """
    return _remembered_fold(name) if len(name) <= LONGEST_REMEMBERED_NAME else _fold(name)


@lru_cache(maxsize=1024)
def _remembered_fold(name: str) -> str:
    return _fold(name)


def _fold(name: str) -> str:
    lowered = name.lower()
    return lowered if lowered.replace("-", "").isalnum() else _NOT_ALPHANUMERIC.sub("-", lowered)


def is_identity_header(name: str) -> bool:
    """Return whether an inbound header of this name, once folded, could pass for one that only the edge may set."""
    return fold_name(name) in IDENTITY_HEADERS


def identity_headers(principal: Principal, correlation_id: UUID) -> dict[str, str]:
    """Return the headers that tell a service the caller's ids and the correlation id.

    Every value is visible ASCII, so no id can end a header line or start another.
    """
    ids = {USER_HEADER: str(principal.user_id)}
    if principal.org_id is not None:
        ids[ORG_HEADER] = str(principal.org_id)
    if not all(map(_PLAIN.fullmatch, ids.values())):
        ids = {name: quote(value, safe="") for name, value in ids.items()} | {ENCODING_HEADER: "url"}
    return ids | {CORRELATION_HEADER: str(correlation_id)}
