"""Which tokens this replica knows to be revoked, for the time when Redis can't be asked."""

from typing import Final

from common.identity.principal import TokenId
from common.lru import LruMemory

MAX_TOKENS: Final = 20_000
"""Tokens kept at once, a few megabytes; the one longest unasked is forgotten first."""


class RevokedTokens:
    """Tokens that this replica has revoked, or that Redis told it were."""

    def __init__(self) -> None:
        self._tokens = LruMemory[TokenId, TokenId](MAX_TOKENS)

    def add(self, token_id: TokenId) -> None:
        """Keep a token's id; a revocation is never taken back."""
        self._tokens.put(token_id, token_id)

    def __contains__(self, token_id: TokenId) -> bool:
        return self._tokens.get(token_id) is not None
