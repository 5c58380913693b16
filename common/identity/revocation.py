"""Which tokens no longer count, by Identity's word or by a logout (platform contract, "Redis and the socket").

A moment is given in epoch seconds, in decimal digits, a fraction allowed. One that can't be read ends all of the user's
tokens, wherever it stands: Identity meant to end some, and which ones is unknown. admit.lua keeps the same rule.
"""

import re
from dataclasses import dataclass
from math import inf

import orjson
import structlog

from common.identity.principal import Principal, TokenId, UserId

REVOCATIONS_CHANNEL = "auth:revocations"
"""Where a revocation is published, as ``{"user_id","jti"?,"not_before"?}``."""

_MOMENT = re.compile(r"\d+\.?\d*", re.ASCII)
_log = structlog.get_logger(__name__)


def revoked_token_key(token_id: TokenId) -> str:
    """Return the key that exists while the token with this id is revoked and not expired."""
    return f"auth:revoked:{token_id}"


def not_before_key(user_id: UserId) -> str:
    """Return the key that holds the epoch seconds before which the user's tokens don't count."""
    return f"auth:not_before:{user_id}"


def revocation_keys(principal: Principal) -> list[str]:
    """Return the keys whose values :func:`is_revoked` takes: the user's and the token's own."""
    return [not_before_key(principal.user_id), revoked_token_key(principal.token_id)]


def is_revoked(principal: Principal, not_before: bytes | None, revoked_token: bytes | None) -> bool:
    """Return whether the values under :func:`revocation_keys`, None for one that doesn't exist, end the token."""
    if revoked_token is not None:
        return True
    return not_before is not None and is_issued_before(
        principal, moment_of(principal.user_id, not_before.decode("ascii", "replace"))
    )


def moment_of(user_id: UserId, text: str) -> float:
    """Return the epoch seconds that ``text`` spells, infinity for what spells none."""
    return float(text) if _MOMENT.fullmatch(text) else unreadable_moment(user_id)


def unreadable_moment(user_id: UserId) -> float:
    """Log that the user's moment can't be read, and return one that all tokens were issued before."""
    _log.warning("revocation.unreadable_moment", user_id=user_id)
    return inf


@dataclass(frozen=True, slots=True)
class Revocation:
    """Tokens of one user that no longer count: one of them, those issued before a moment, or, with neither given, all.

    ``not_before`` is in epoch seconds.
    """

    user_id: UserId
    token_id: TokenId | None = None
    not_before: float | None = None

    def covers(self, principal: Principal) -> bool:
        """Return whether the token that ``principal`` was made from is among them."""
        if principal.user_id != self.user_id:
            return False
        if self.token_id is None and self.not_before is None:
            return True
        return (self.token_id is not None and principal.token_id == self.token_id) or (
            self.not_before is not None and is_issued_before(principal, self.not_before)
        )


def is_issued_before(principal: Principal, not_before: float) -> bool:
    """Return whether the token was issued before ``not_before`` (epoch seconds); in the very second it still counts.

    A token without ``iat`` counts as issued before any moment.
    """
    return principal.issued_at is None or int(principal.issued_at.timestamp()) + 1 <= not_before


def encode_revocation(revocation: Revocation) -> bytes:
    """Return the channel's message for ``revocation``; :func:`read_revocation` reads it."""
    members = {
        "user_id": revocation.user_id,
        "jti": revocation.token_id,
        "not_before": revocation.not_before,
    }
    return orjson.dumps({name: value for name, value in members.items() if value is not None})


def read_revocation(payload: bytes) -> Revocation | None:
    """Return what a message of the channel says, or None when it is none of the contract's."""
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    match message:
        case {"user_id": str(user_id)} if user_id:
            token_id, not_before = message.get("jti"), message.get("not_before")
        case _:
            return None
    if not isinstance(token_id, str | None):
        return None
    return Revocation(
        UserId(user_id),
        None if token_id is None else TokenId(token_id),
        None if not_before is None else moment_of(UserId(user_id), str(not_before)),
    )
