"""Remembers the signatures that were found good, so that a caller who comes again isn't verified anew.

A signature over the same bytes by the same key stays good; what the claims mean (expired, not yet valid) is judged each
time. Only tokens that a key has signed get in, so strangers can't push anyone out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from common.identity.keys import Key, TokenHeader
from common.identity.principal import TokenId
from common.lru import LruMemory

MOST_TOKENS = 4096
"""Tokens remembered at once, a few KB each; the longest unused is forgotten first."""


@dataclass(frozen=True, slots=True)
class SignedClaims:
    """What a token says, the key that vouches for it, and what it is revoked by."""

    header: TokenHeader
    key: Key
    claims: Mapping[str, object]
    token_id: TokenId


class VerifiedTokens:
    """A bounded memory, by the tokens' digests: no token is kept that somebody could use."""

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._known = LruMemory[bytes, SignedClaims](most)

    def find(self, token: str) -> SignedClaims | None:
        """Return what is known of ``token``; whoever asks makes sure that its key still is the one for its header."""
        return self._known.get(_digest(token))

    def remember(self, token: str, signed: SignedClaims) -> None:
        """Keep what ``token`` was found to say."""
        self._known.put(_digest(token), signed)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
