"""The verified caller, and the one port that makes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

UserId = NewType("UserId", str)
OrgId = NewType("OrgId", str)
TokenId = NewType("TokenId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller whose access token was verified; nothing else makes one.

    ``issued_at`` and ``expires_at`` are the token's ``iat`` (None for a token without one) and ``exp``, aware, in UTC.
    ``token_id`` is what the token is revoked by, ``org_id`` the first non-empty string of ``org_id``, ``org`` and
    ``organization_id``.
    """

    user_id: UserId
    org_id: OrgId | None = None
    roles: frozenset[str] = frozenset()
    issued_at: datetime | None
    expires_at: datetime
    token_id: TokenId


class TokenVerifier(Protocol):
    """Turns an access token into the principal it proves."""

    async def verify(self, token: str) -> Principal:
        """Return the caller that ``token`` proves.

        Raises:
            HuleEduError: AUTHENTICATION_ERROR with ``details.reason`` ``token_expired`` or ``token_invalid``;
                SERVICE_UNAVAILABLE with ``Retry-After`` when no key is there to verify with.
        """
        ...
