"""Verification keys, and which algorithms each may be used with.

The algorithm belongs to the key, never to the token (RFC 8725 sections 3.1 and 3.2): a public key can't be taken for an
HMAC secret, nor a short secret for a strong one, because the key doesn't offer that algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK
from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import PyJWTError

RSA_MIN_BITS = 2048
_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVE_ALGORITHM = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
HMAC_MIN_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}  # RFC 7518 section 3.2

SYMMETRIC_ALGORITHMS = frozenset(HMAC_MIN_BYTES)
ASYMMETRIC_ALGORITHMS = _RSA_ALGORITHMS | frozenset(_CURVE_ALGORITHM.values())


class UnusableKeyError(ValueError):
    """A key that is too weak, of a kind no supported algorithm takes, or no key at all; says which, never the key."""


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """What an unverified token says of the key that signed it. ``jku``, ``x5u`` and the like are never read."""

    algorithm: str
    key_id: str | None


@dataclass(frozen=True, slots=True)
class Key:
    """One verification key and the algorithms it may verify."""

    algorithms: frozenset[str]
    material: bytes | RSAPublicKey | EllipticCurvePublicKey
    key_id: str | None = None


class KeySource(Protocol):
    """Knows the keys that tokens are signed with."""

    @property
    def ready(self) -> bool:
        """Whether there is any key to verify with."""
        ...

    async def key_for(self, header: TokenHeader) -> Key | None:
        """Return the key that ``header`` asks for, or None when there is no such key.

        Raises:
            HuleEduError: SERVICE_UNAVAILABLE with ``Retry-After`` when it can't be known whether there is one.
        """
        ...

    async def replacement_of(self, key: Key | None, header: TokenHeader) -> Key | None:
        """Return the key that has taken the place of ``key``, which didn't sign a token with ``header``; None for none.

        A source may publish a new key under the id of the old one.
        """
        ...

    async def run(self) -> None:
        """Keep the keys current until cancelled; returns at once where there is nothing to keep."""
        ...


class StaticKeys:
    """The one key a service was started with. A token's ``kid`` is ignored."""

    def __init__(self, key: Key) -> None:
        self._key = key

    @property
    def ready(self) -> bool:
        """True: the key is there from the start."""
        return True

    async def key_for(self, header: TokenHeader) -> Key | None:
        """Return the key if it takes the token's algorithm."""
        return self._key if header.algorithm in self._key.algorithms else None

    async def replacement_of(self, key: Key | None, header: TokenHeader) -> None:
        """Return None: the key never changes."""

    async def run(self) -> None:
        """Return at once: the key never changes."""


def hmac_key(secret: str, *, even_if_short: bool = False) -> Key:
    """Return the key of a shared secret; it offers the algorithms that it is long enough for.

    With ``even_if_short`` a secret that is too short for any offers HS256. It is then filled up with zero bytes, which
    HMAC does with every key shorter than its block (RFC 2104 section 2): signatures stay the same.

    Raises:
        UnusableKeyError: it has fewer than 32 bytes, or is a public key or certificate.
    """
    material = secret.encode()
    if even_if_short:
        material = material.ljust(HMAC_MIN_BYTES["HS256"], b"\0")
    algorithms = frozenset(name for name, least in HMAC_MIN_BYTES.items() if len(material) >= least)
    if not algorithms:
        message = f"a secret needs at least {HMAC_MIN_BYTES['HS256']} bytes"
        raise UnusableKeyError(message)
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(material)
    except PyJWTError as error:
        message = "a public key or certificate is no secret"
        raise UnusableKeyError(message) from error
    return Key(algorithms, material)


def public_key(pem: str) -> Key:
    r"""Return the key of a PEM text; ``\n`` spelled as two characters counts as a line end, as in one-line variables.

    Raises:
        UnusableKeyError: it is no PEM public key (a private one isn't), or too weak, or of an unsupported kind.
    """
    try:
        loaded = load_pem_public_key(pem.replace("\\n", "\n").encode())
    except ValueError as error:
        message = "not a public key in PEM form"
        raise UnusableKeyError(message) from error
    return _asymmetric_key(loaded)


def published_key(jwk: Mapping[str, object]) -> Key:
    """Return the key of one member of a JWK set (RFC 7517); its ``alg``, when given, is the only one it offers.

    Raises:
        UnusableKeyError: it isn't meant for signatures, is symmetric or private (neither may ever be published), is
            too weak, of an unsupported kind, or no key at all.
    """
    if jwk.get("use", "sig") != "sig" or "d" in jwk:
        message = "not the public half of a signing key"
        raise UnusableKeyError(message)
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in {"RSA", "EC"}:
        message = "neither an RSA nor an EC key"
        raise UnusableKeyError(message)
    key_id, only = jwk.get("kid"), jwk.get("alg")
    if not isinstance(key_id, str | None) or not isinstance(only, str | None):
        message = "its kid or alg is not a string"
        raise UnusableKeyError(message)
    try:
        loaded = PyJWK({name: member for name, member in jwk.items() if name != "alg"}).key
    except (PyJWTError, KeyError, TypeError, ValueError) as error:
        message = "its numbers make no key"
        raise UnusableKeyError(message) from error
    return _asymmetric_key(loaded, key_id=key_id, only=only)


def _asymmetric_key(loaded: object, *, key_id: str | None = None, only: str | None = None) -> Key:
    match loaded:
        case RSAPublicKey() if loaded.key_size >= RSA_MIN_BITS:
            algorithms = _RSA_ALGORITHMS
        case EllipticCurvePublicKey() if loaded.curve.name in _CURVE_ALGORITHM:
            algorithms = frozenset({_CURVE_ALGORITHM[loaded.curve.name]})
        case _:
            message = f"neither RSA of at least {RSA_MIN_BITS} bits nor EC on P-256, P-384 or P-521"
            raise UnusableKeyError(message)
    offered = algorithms if only is None else algorithms & {only}
    if not offered:
        message = "its alg doesn't fit its kind"
        raise UnusableKeyError(message)
    return Key(offered, loaded, key_id)
