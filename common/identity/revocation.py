"""What Identity says on logout: which tokens no longer count (platform contract, "Redis and the socket")."""

from dataclasses import dataclass

import orjson

from common.identity.principal import Principal, TokenId, UserId

REVOCATIONS_CHANNEL = "auth:revocations"
"""Where a revocation is published, as ``{"user_id","jti"?,"not_before"?}``."""


def revoked_token_key(token_id: TokenId) -> str:
    """Return the key that exists while the token with this ``jti`` is revoked and not expired."""
    return f"auth:revoked:{token_id}"


def not_before_key(user_id: UserId) -> str:
    """Return the key that holds the epoch seconds before which the user's tokens don't count."""
    return f"auth:not_before:{user_id}"


@dataclass(frozen=True, slots=True)
class Revocation:
    """Tokens of one user that no longer count: one of them, those issued before a moment, or, with neither told, all.

    ``not_before`` is in epoch seconds.
    """

    user_id: UserId
    token_id: TokenId | None = None
    not_before: float | None = None

    def covers(self, principal: Principal) -> bool:
        """Tell whether the token that ``principal`` was made from is among them."""
        if principal.user_id != self.user_id:
            return False
        if self.token_id is None and self.not_before is None:
            return True
        return (self.token_id is not None and principal.token_id == self.token_id) or (
            self.not_before is not None and issued_too_early(principal, self.not_before)
        )


def issued_too_early(principal: Principal, not_before: float) -> bool:
    """Tell whether the token was issued before ``not_before`` (epoch seconds); in the very second it still counts."""
    return principal.issued_at.timestamp() < int(not_before)


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
    if not isinstance(token_id, str | None) or not isinstance(not_before, float | int | None):
        return None
    return Revocation(UserId(user_id), None if token_id is None else TokenId(token_id), not_before)
