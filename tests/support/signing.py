"""Keys and tokens as the identity service makes them, and as forgers do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.fakes.clock import DEFAULT_START

ISSUER = "huleedu-identity-service"
AUDIENCE = "huleedu-platform"
SECRET = "f1c9a4d07be84e6f9d2b35c8a7e06142"
NOW_S = int(DEFAULT_START.timestamp())


@dataclass(frozen=True)
class KeyPair:
    """A private key and the forms its public half is published in."""

    private: RSAPrivateKey | EllipticCurvePrivateKey
    algorithm: str

    @property
    def private_pem(self) -> str:
        """The private half as PEM."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public_pem(self) -> str:
        """The public half as PEM."""
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def jwk(self, **members: object) -> dict[str, object]:
        """Return the public half as a member of a JWK set."""
        public = self.private.public_key()
        text = RSAAlgorithm.to_jwk(public) if isinstance(public, RSAPublicKey) else ECAlgorithm.to_jwk(public)
        spelled: dict[str, object] = json.loads(text)
        return {name: value for name, value in spelled.items() if name != "key_ops"} | members


@cache
def rsa_pair(name: str = "first", *, bits: int = 2048) -> KeyPair:
    """Return the RSA key pair called ``name``, the same one in the whole test run."""
    assert name
    return KeyPair(generate_rsa(public_exponent=65537, key_size=bits), "RS256")


@cache
def ec_pair(name: str = "first") -> KeyPair:
    """Return the P-256 key pair called ``name``, the same one in the whole test run."""
    assert name
    return KeyPair(generate_ec(SECP256R1()), "ES256")


def claims(**overrides: object) -> dict[str, object]:
    """Return the claims of a good token at the fake clock's start; an override of None leaves a claim out."""
    good = {
        "sub": "teacher-1",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": NOW_S - 60,
        "exp": NOW_S + 3600,
        "jti": "token-1",
        "org_id": "school-1",
        "roles": ["teacher"],
    }
    return {name: value for name, value in (good | overrides).items() if value is not None}


def hs_token(payload: Mapping[str, object] | None = None, *, secret: str = SECRET, **header: object) -> str:
    """Return a token signed by HS256."""
    return jwt.encode(dict(claims() if payload is None else payload), secret, "HS256", headers=header)


def sign_token(pair: KeyPair, payload: Mapping[str, object] | None = None, **header: object) -> str:
    """Return a token signed with the private half of ``pair``."""
    return jwt.encode(dict(claims() if payload is None else payload), pair.private, pair.algorithm, headers=header)


def compact_form(header: object, payload: object, signature: bytes = b"") -> str:
    """Return the compact form of parts no library would sign."""
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(jwt.utils.base64url_encode(part).decode() for part in parts)
