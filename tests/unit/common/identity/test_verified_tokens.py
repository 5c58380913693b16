"""A good signature is remembered, and nothing else about a token is."""

import pytest

from common.errors.exceptions import HuleEduError
from common.identity.keys import Key, StaticKeys, TokenHeader, hmac_key
from common.identity.principal import Expectation, TokenId, principal_from
from common.identity.verifier import JwtVerifier, VerifiedToken, VerifiedTokens, digest_of
from tests.fakes.clock import FakeClock
from tests.support.signing import AUDIENCE, ISSUER, SECRET, claims, hs_token

KEY = hmac_key(SECRET)


class ReplaceableKeys(StaticKeys):
    """A key source whose key somebody replaces."""

    def __init__(self, key: Key) -> None:
        super().__init__(key)
        self.replace = super().__init__


def verifier(keys: StaticKeys, clock: FakeClock) -> JwtVerifier:
    """Return a verifier of tokens that ``keys`` vouch for."""
    return JwtVerifier(
        keys, algorithms=("HS256",), issuer=ISSUER, audience=AUDIENCE, clock=clock, service="test-service"
    )


def said(user: str) -> VerifiedToken:
    """Return what a token of ``user`` proves."""
    proven = principal_from(claims(sub=user), Expectation(ISSUER, AUDIENCE), token_id=TokenId(user))
    return VerifiedToken(TokenHeader("HS256", None), KEY, proven)


async def test_a_remembered_token_expires_all_the_same() -> None:
    """Its time is judged by the clock each time."""
    clock = FakeClock()
    verify = verifier(StaticKeys(KEY), clock).verify
    token = hs_token()
    first, again = await verify(token), await verify(token)
    clock.advance(3600)

    with pytest.raises(HuleEduError) as refused:
        await verify(token)

    assert first == again
    assert refused.value.error_detail.details["reason"] == "token_expired"


async def test_a_remembered_token_falls_with_its_key() -> None:
    """Once another key is in its place, the old one vouches for nothing."""
    keys = ReplaceableKeys(KEY)
    verify = verifier(keys, FakeClock()).verify
    token = hs_token()
    await verify(token)
    keys.replace(hmac_key("another secret of more than thirty-two bytes"))

    with pytest.raises(HuleEduError) as refused:
        await verify(token)

    assert refused.value.error_detail.details["reason"] == "token_invalid"


async def test_a_token_like_a_remembered_one_is_verified() -> None:
    """One character of difference is another token."""
    verify = verifier(StaticKeys(KEY), FakeClock()).verify
    token = hs_token()
    await verify(token)
    head, payload, signature = token.split(".")

    with pytest.raises(HuleEduError):
        await verify(f"{head}.{payload}.{signature[::-1]}")


def test_the_longest_unused_is_forgotten_first() -> None:
    """Memory is bounded, and who keeps coming stays."""
    tokens = VerifiedTokens(most=2)
    tokens.remember(digest_of("a"), said("a"))
    tokens.remember(digest_of("b"), said("b"))
    tokens.find(digest_of("a"))

    tokens.remember(digest_of("c"), said("c"))

    assert tokens.find(digest_of("a")) == said("a")
    assert tokens.find(digest_of("b")) is None
    assert tokens.find(digest_of("c")) == said("c")
