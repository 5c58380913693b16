"""Verifies access tokens in JWS compact form (RFC 7515): PyJWT checks the signature, our own rules the rest.

PyJWT's own decoding decodes each part twice and looks each time whether the secret could be a public key. A
:class:`common.identity.keys.Key` is looked at once, when it is made.
"""

import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

import orjson
from jwt.algorithms import get_default_algorithms

from common.clock import Clock
from common.errors.codes import AuthReason
from common.errors.source import ErrorSource
from common.identity.keys import ASYMMETRIC_ALGORITHMS, SYMMETRIC_ALGORITHMS, Key, KeySource, TokenHeader
from common.identity.principal import (
    Expectation,
    Principal,
    ProvenPrincipal,
    TokenRefusedError,
    principal_from,
    refuse,
    token_id_of,
)
from common.lru import LruMemory

MOST_TOKENS = 4096
"""Tokens remembered at once, a few KB each; the longest unused is forgotten first."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Whom a token proves, and the key that vouches for it."""

    header: TokenHeader
    key: Key
    proven: ProvenPrincipal


class VerifiedTokens:
    """A bounded memory of whom tokens prove, by the tokens' digests; it keeps no usable token."""

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._known = LruMemory[bytes, VerifiedToken](most)

    def find(self, digest: bytes) -> VerifiedToken | None:
        """Return what is known of a token; the caller checks that its key still is the one for its header."""
        return self._known.get(digest)

    def remember(self, digest: bytes, verified: VerifiedToken) -> None:
        """Keep whom the token with this digest was found to prove."""
        self._known.put(digest, verified)


def digest_of(token: str) -> bytes:
    """Return what a token is remembered by."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


TOKEN_MAX_BYTES = 8192
_PARTS = 3
_TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_MESSAGES = {
    AuthReason.TOKEN_EXPIRED: "The access token has expired.",
    AuthReason.TOKEN_INVALID: "The access token is not valid.",
}


class JwtVerifier:
    """Implements :class:`common.identity.principal.TokenVerifier` for signed JWTs.

    Args:
        keys: where verification keys come from.
        algorithms: the allow-list; a key verifies what both it and the list offer.
        issuer: the one ``iss`` accepted.
        audience: what ``aud`` must name.
        clock: decides what has expired.
        service: the service's name, for the error body.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        algorithms: Collection[str],
        issuer: str,
        audience: str,
        clock: Clock,
        service: str,
    ) -> None:
        unsupported = set(algorithms) - SYMMETRIC_ALGORITHMS - ASYMMETRIC_ALGORITHMS
        if unsupported or not algorithms:
            message = f"unsupported token algorithms: {sorted(unsupported)}"
            raise ValueError(message)
        self._keys = keys
        self._algorithms = {name: get_default_algorithms()[name] for name in algorithms}
        self._expected = Expectation(issuer, audience)
        self._clock = clock
        self._service = service
        self._verified = VerifiedTokens()

    async def verify(self, token: str) -> Principal:
        """Return the caller that ``token`` proves; see the port for what is raised.

        Cancel-safe. Waits only where the key source does.
        """
        try:
            return (await self._read(token)).proven.at(self._clock.now())
        except TokenRefusedError as refusal:
            message = _MESSAGES[refusal.reason]
            raise ErrorSource(self._service, "verify_token").unauthenticated(refusal.reason, message) from refusal

    async def _read(self, token: str) -> VerifiedToken:
        digest = digest_of(token)
        if (known := self._verified.find(digest)) is not None and await self._keys.key_for(known.header) is known.key:
            return known
        parts = _parts_of(token)
        header = _header_of(parts[0])
        if header.algorithm not in self._algorithms:
            refuse("alg is not on the list")
        _, payload, signature = parts
        signed_part = token.rpartition(".")[0]
        key = await self._find_signer(header, signed_part.encode(), signature)
        claims = _json_object(payload)
        token_id = token_id_of(claims, signed_part)
        verified = VerifiedToken(header, key, principal_from(claims, self._expected, token_id=token_id))
        self._verified.remember(digest, verified)
        return verified

    async def _find_signer(self, header: TokenHeader, signed_part: bytes, signature: bytes) -> Key:
        """Return the key that signed a token: the one of its id, or the one that has taken that one's place."""
        key = await self._keys.key_for(header)
        if key is None or not self._has_signed(key, header, signed_part, signature):
            key = await self._keys.replacement_of(key, header)
            if key is None or not self._has_signed(key, header, signed_part, signature):
                refuse("no key that takes this kid and alg signed it")
        return key

    def _has_signed(self, key: Key, header: TokenHeader, signed_part: bytes, signature: bytes) -> bool:
        if header.algorithm not in key.algorithms:
            return False
        return bool(self._algorithms[header.algorithm].verify(signed_part, key.material, signature))


def _parts_of(token: str) -> Sequence[bytes]:
    """Return what the three parts of a token spell.

    Each has to be spelled as base64url spells it (RFC 4648 section 3.5), so that bytes have one spelling and a token
    one id. Encoding them again tells that, and that no part holds other characters, which the decoder skips.
    """
    spelled = token.encode(errors="replace").split(b".", _PARTS) if len(token) <= TOKEN_MAX_BYTES else []
    try:
        parts = [_decode(part) for part in spelled]
    except binascii.Error:
        parts = []
    if len(parts) != _PARTS or spelled != [_encode(part) for part in parts]:
        refuse("over 8 KB, or not three parts in canonical base64url")
    return parts


def _decode(part: bytes) -> bytes:
    return binascii.a2b_base64(part.translate(_FROM_URL) + b"==")


def _encode(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=")


_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")


def _header_of(part: bytes) -> TokenHeader:
    """Return what an unverified token says of its key, after the checks that need no key."""
    header = _json_object(part)
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        refuse("typ says that it is no access token")
    if not isinstance(algorithm, str) or not isinstance(key_id, str | None) or ("kid" in header and key_id is None):
        refuse("alg or kid is not a string")
    if "crit" in header or header.get("b64") is False:
        refuse("crit or b64 names an extension, of which none is understood")
    return TokenHeader(algorithm, key_id)


def _json_object(raw: bytes) -> dict[str, object]:
    """Return the JSON object in ``raw``: UTF-8, no NaN, no lone surrogates, depth bounded by the parser."""
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        refuse("not JSON")
    if not isinstance(parsed, dict):
        refuse("not a JSON object")
    return parsed
