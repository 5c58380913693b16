"""The sandbox's tokens are what the edge verifies, and can be wrong on request."""

from datetime import timedelta
from hashlib import sha256

import jwt
import pytest

from sandbox.options import SigningAlgorithm
from sandbox.secrets import JWT_SECRET
from sandbox.tokens import AUDIENCE, ISSUER, TokenMint


def test_an_access_token_has_the_platforms_claims() -> None:
    """Neither iat nor jti; its id is the digest of its signed part."""
    token = TokenMint().access_token("u1", org_id="o1")

    claims = jwt.decode(token.encoded, JWT_SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)

    assert (claims["sub"], claims["org"], claims["roles"]) == ("u1", "o1", ["teacher"])
    assert set(claims) == {"sub", "org", "roles", "exp", "iss", "aud"}
    assert token.token_id == f"sha256:{sha256(token.encoded.rpartition('.')[0].encode()).hexdigest()}"


def test_a_token_can_have_further_claims() -> None:
    """As those of a later issuer have; a jti is the token's id then."""
    token = TokenMint().access_token("u1", claims={"jti": "t1", "iat": 1})

    claims = jwt.decode(token.encoded, JWT_SECRET, algorithms=["HS256"], audience=AUDIENCE)

    assert (claims["jti"], claims["iat"], token.token_id) == ("t1", 1, "t1")


def test_a_mint_verifies_what_it_signed_alone() -> None:
    """With either kind of key."""
    for algorithm in SigningAlgorithm:
        mint = TokenMint.for_algorithm(algorithm)
        refresh = mint.refresh_token("u1")

        assert mint.verify(refresh.encoded)["jti"] == refresh.token_id
        with pytest.raises(jwt.InvalidTokenError):
            TokenMint("another-secret-that-is-long-enough-to-be-one").verify(refresh.encoded)


def test_a_negative_lifetime_makes_an_expired_token() -> None:
    """Tests need tokens that have run out."""
    token = TokenMint().access_token("u1", lifetime=timedelta(seconds=-60))

    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(token.encoded, JWT_SECRET, algorithms=["HS256"], audience=AUDIENCE)


def test_rs256_tokens_verify_by_the_published_key() -> None:
    """The key set names the key by the id in the token's header and holds no private part."""
    mint = TokenMint.for_algorithm(SigningAlgorithm.RS256)
    token = mint.access_token("u1").encoded

    keys = jwt.PyJWKSet.from_dict(mint.key_set())

    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE)["sub"] == "u1"
    assert "'d'" not in str(mint.key_set())
