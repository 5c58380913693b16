"""The sandbox's tokens are what the edge verifies, and can be wrong on request."""

from datetime import timedelta

import jwt
import pytest

from sandbox.options import SigningAlgorithm
from sandbox.secrets import JWT_SECRET
from sandbox.tokens import AUDIENCE, ISSUER, TokenMint


def test_an_access_token_has_the_contracts_claims() -> None:
    """Subject, organisation, roles, issuer, audience, times and id."""
    token = TokenMint().access_token("u1", org_id="o1")

    claims = jwt.decode(token.encoded, JWT_SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)

    assert (claims["sub"], claims["org_id"], claims["roles"], claims["jti"]) == (
        "u1",
        "o1",
        ["teacher"],
        token.token_id,
    )


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
