"""Tokens as the platform's identity service signs them, for the simulated one, the demo and tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Self
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from pydantic import JsonValue

from sandbox.options import SigningAlgorithm
from sandbox.secrets import JWT_SECRET

ISSUER = "huleedu-identity-service"
AUDIENCE = "huleedu-platform"
DEFAULT_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=1)
RSA_BITS = 2048
KEY_ID = "sandbox-1"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token.

    ``token_id`` is what a revocation calls it: its ``jti``, or ``sha256:`` and the digest of its signed part when it
    has none (platform contract, "Revocation").
    """

    encoded: str
    token_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A signed refresh token and its ``jti``."""

    encoded: str
    token_id: str


class TokenMint:
    """Signs claims with one key.

    Args:
        key: a secret for HS256, an RSA private key for RS256.
    """

    def __init__(self, key: str | RSAPrivateKey = JWT_SECRET) -> None:
        self._key = key

    @classmethod
    def for_algorithm(cls, algorithm: SigningAlgorithm, *, secret: str = JWT_SECRET) -> Self:
        """Return a mint with ``secret``, or with a fresh RSA key."""
        match algorithm:
            case SigningAlgorithm.HS256:
                return cls(secret)
            case SigningAlgorithm.RS256:
                return cls(generate_private_key(public_exponent=65537, key_size=RSA_BITS))

    @property
    def algorithm(self) -> str:
        """The algorithm the key stands for: ``HS256`` or ``RS256``."""
        return "HS256" if isinstance(self._key, str) else "RS256"

    def sign(self, claims: dict[str, JsonValue]) -> str:
        """Return exactly these claims, signed: a test's way to a token that is wrong in one respect."""
        headers = {} if isinstance(self._key, str) else {"kid": KEY_ID}
        return jwt.encode(claims, self._key, algorithm=self.algorithm, headers=headers)

    def access_token(
        self,
        user_id: str,
        *,
        org_id: str | None = None,
        roles: tuple[str, ...] = ("teacher",),
        lifetime: timedelta = DEFAULT_LIFETIME,
        claims: Mapping[str, JsonValue] | None = None,
    ) -> AccessToken:
        """Return a token of ``user_id`` that is valid from now on; a negative lifetime makes an expired one.

        It has the claims the platform's tokens have, neither ``iat`` nor ``jti`` among them; two of one user that
        expire in the same second are the same token. ``claims`` are further ones, or replace those.
        """
        expires_at = datetime.now(UTC) + lifetime
        own: dict[str, JsonValue] = {
            "sub": user_id,
            "org": org_id,
            "roles": list(roles),
            "exp": int(expires_at.timestamp()),
            "iss": ISSUER,
            "aud": AUDIENCE,
        }
        signed = {**own, **(claims or {})}
        encoded = self.sign(signed)
        token_id = signed.get("jti")
        return AccessToken(encoded, token_id if isinstance(token_id, str) else digest_id(encoded), expires_at)

    def refresh_token(self, user_id: str, *, lifetime: timedelta = REFRESH_LIFETIME) -> RefreshToken:
        """Return a refresh token of ``user_id``; but for ``typ`` it could pass for an access token."""
        token_id = str(uuid4())
        claims: dict[str, JsonValue] = {
            "sub": user_id,
            "jti": token_id,
            "typ": "refresh",
            "exp": int((datetime.now(UTC) + lifetime).timestamp()),
            "iss": ISSUER,
            "aud": AUDIENCE,
        }
        return RefreshToken(self.sign(claims), token_id)

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that this mint signed.

        Raises:
            jwt.InvalidTokenError: when it didn't, or the token has run out.
        """
        key = self._key if isinstance(self._key, str) else self._key.public_key()
        return jwt.decode(token, key, algorithms=[self.algorithm], issuer=ISSUER, audience=AUDIENCE)

    def key_set(self) -> dict[str, JsonValue]:
        """Return the public keys as a JSON Web Key Set (RFC 7517); a secret is not among them."""
        if isinstance(self._key, str):
            return {"keys": []}
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


def digest_id(encoded: str) -> str:
    """Return what a revocation calls a token without ``jti``: the digest of its signed part."""
    return f"sha256:{sha256(encoded.rpartition('.')[0].encode()).hexdigest()}"
