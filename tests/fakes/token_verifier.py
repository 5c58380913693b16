"""A verifier that believes every token and counts."""

from dataclasses import dataclass, field
from datetime import timedelta

from common.identity.principal import Principal, TokenId, UserId
from tests.fakes.clock import DEFAULT_START


@dataclass(slots=True)
class CountingVerifier:
    """Implements :class:`common.identity.principal.TokenVerifier`; ``verified`` lists the tokens in order."""

    verified: list[str] = field(default_factory=list)

    async def verify(self, token: str) -> Principal:
        """Return the same teacher for any token."""
        self.verified.append(token)
        return Principal(
            user_id=UserId("teacher-1"),
            issued_at=DEFAULT_START,
            expires_at=DEFAULT_START + timedelta(hours=1),
            token_id=TokenId("token-1"),
        )
