"""Idempotency keys as values: what a key stands for, and what is remembered of an answer. No I/O.

draft-ietf-httpapi-idempotency-key-header-07; in addition an answer that was replayed says so (Stripe's habit).
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from uuid import UUID, uuid5

from common.identity.principal import UserId

KEPT_S = 24 * 60 * 60
"""How long a key stands for its request, and an answer is kept."""

LAPSE_MARGIN_S = 5.0
"""How much longer than its route's deadline a claim holds when its holder has died."""

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
KEPT_HEADERS = frozenset({"content-type", "link", "location", "x-error-code"})
"""Headers that belong to the answer itself; all others belong to one exchange."""

MAX_KEY_LENGTH = 255
_KEY = re.compile(r'"?([!#-~]+)"?')
_NAMESPACE = UUID("6d0f3c3b-6f0e-5d5c-9a51-5f6e2b1c7f10")
"""Names every event id that is made from an idempotency key."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request with a key: ``scope`` names the key within its user and route, ``fingerprint`` what was asked."""

    scope: str
    fingerprint: str
    lapses_after_s: float
    """When the same request may be tried again although nobody finished it."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it is kept and replayed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def parse_key(raw: str) -> str | None:
    """Return the key that a header value spells, as an RFC 9651 string or bare, or None for what is none.

    1 to 255 printable ASCII characters without blanks, quotes aside.
    """
    spelled = _KEY.fullmatch(raw)
    return spelled[1] if spelled and len(spelled[1]) <= MAX_KEY_LENGTH else None


def scope_of(user_id: UserId, route: str, key: str) -> str:
    """Return the name under which a key of one user on one route (its template) is kept."""
    return _digest(user_id.encode(), route.encode(), key.encode())


def fingerprint_of(method: str, target: bytes, body: bytes) -> str:
    """Return what tells one request from another under the same key: method, raw path with query, and body."""
    return _digest(method.encode(), target, body)


def event_id_of(user_id: UserId, route: str, key: str) -> UUID:
    """Return the event id every repeat of one keyed request carries, so that consumers can drop the repeat."""
    return uuid5(_NAMESPACE, scope_of(user_id, route, key))


_OF_THE_MOMENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS})


def is_kept(status: int) -> bool:
    """Tell whether an answer settles its request.

    A failure of ours (5xx) doesn't, nor a limit (429), nor that a batch isn't known (404): the platform's services
    hear of a new one a moment later, and nothing was done.
    """
    return status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _OF_THE_MOMENT


def _digest(*parts: bytes) -> str:
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
