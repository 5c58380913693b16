"""Access tokens as the platform's identity service signs them, for the simulated one, the demo and tests."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
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
RSA_BITS = 2048
KEY_ID = "sandbox-1"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token, with the two of its claims that logging out needs."""

    encoded: str
    token_id: str
    expires_at: datetime


class TokenMint:
    """Signs claims with one key.

    Args:
        key: a secret for HS256, an RSA private key for RS256.
    """

    def __init__(self, key: str | RSAPrivateKey = JWT_SECRET) -> None:
        self._key = key

    @classmethod
    def for_algorithm(cls, algorithm: SigningAlgorithm) -> Self:
        """Return a mint with the sandbox's secret, or with a fresh RSA key."""
        match algorithm:
            case SigningAlgorithm.HS256:
                return cls()
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
    ) -> AccessToken:
        """Return a token of ``user_id`` that is valid from now on; a negative lifetime makes an expired one."""
        issued_at = datetime.now(UTC)
        expires_at = issued_at + lifetime
        token_id = uuid4().hex
        claims: dict[str, JsonValue] = {
            "sub": user_id,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": token_id,
            "roles": list(roles),
        }
        if org_id is not None:
            claims["org_id"] = org_id
        return AccessToken(self.sign(claims), token_id, expires_at)

    def key_set(self) -> dict[str, JsonValue]:
        """Return the public keys as a JSON Web Key Set (RFC 7517); a secret is not among them."""
        if isinstance(self._key, str):
            return {"keys": []}
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}
