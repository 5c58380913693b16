"""Verifies access tokens in JWS compact form: PyJWT checks structure and signature, our own rules the claims."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

import orjson
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError
from jwt.utils import base64url_decode

from common.clock import Clock
from common.errors.codes import AuthReason
from common.errors.source import ErrorSource
from common.identity.keys import ASYMMETRIC_ALGORITHMS, SYMMETRIC_ALGORITHMS, Key, KeySource, TokenHeader
from common.identity.principal import (
    Expectation,
    Principal,
    TokenId,
    TokenRefusedError,
    principal_from,
    refuse,
    token_id_of,
)
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
    """A bounded memory of verified claims by the tokens' digests; it keeps no usable token."""

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._known = LruMemory[bytes, SignedClaims](most)

    def find(self, token: str) -> SignedClaims | None:
        """Return what is known of ``token``; the caller checks that its key still is the one for its header."""
        return self._known.get(_digest(token))

    def remember(self, token: str, signed: SignedClaims) -> None:
        """Keep what ``token`` was found to say."""
        self._known.put(_digest(token), signed)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


TOKEN_MAX_BYTES = 8192
# RFC 4648 section 3.5: the bits behind the last byte are zero, so that bytes have one spelling and a token one id.
_PART = r"(?:[\w-]{4})*+(?:[\w-]{2}[AEIMQUYcgkosw048]|[\w-][AQgw])?"
_COMPACT = re.compile(rf"{_PART}\.{_PART}\.{_PART}", re.ASCII)
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
        self._algorithms = frozenset(algorithms)
        self._jws = PyJWS(sorted(algorithms), {"verify_signature": True, "enforce_minimum_key_length": True})
        self._expected = Expectation(issuer, audience)
        self._clock = clock
        self._service = service
        self._verified = VerifiedTokens()

    async def verify(self, token: str) -> Principal:
        """Return the caller that ``token`` proves; see the port for what is raised.

        Cancel-safe. Waits only where the key source does.
        """
        try:
            signed = await self._read_claims(token)
            return principal_from(signed.claims, self._expected, now=self._clock.now(), token_id=signed.token_id)
        except TokenRefusedError as refusal:
            message = _MESSAGES[refusal.reason]
            raise ErrorSource(self._service, "verify_token").unauthenticated(refusal.reason, message) from refusal

    async def _read_claims(self, token: str) -> SignedClaims:
        if (known := self._verified.find(token)) is not None and await self._keys.key_for(known.header) is known.key:
            return known
        header = _header_of(token)
        if header.algorithm not in self._algorithms:
            refuse("alg is not on the list")
        signed = self._check_signature(token, header, await self._keys.key_for(header))
        self._verified.remember(token, signed)
        return signed

    def _check_signature(self, token: str, header: TokenHeader, key: Key | None) -> SignedClaims:
        if key is None or header.algorithm not in key.algorithms:
            refuse("no key takes this kid and alg")
        try:
            payload = self._jws.decode_complete(token, key.material, algorithms=[header.algorithm])["payload"]
        except PyJWTError as error:
            refuse(f"PyJWT says {type(error).__name__}")
        claims = _json_object(payload)
        return SignedClaims(header, key, claims, token_id_of(claims, token.rpartition(".")[0]))


def _header_of(token: str) -> TokenHeader:
    """Return what an unverified token says of its key, after the checks that need no key."""
    if len(token) > TOKEN_MAX_BYTES or _COMPACT.fullmatch(token) is None:
        refuse("over 8 KB, or not three parts in canonical base64url")
    header = _json_object(base64url_decode(token.partition(".")[0]))
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        refuse("typ says that it is no access token")
    if not isinstance(algorithm, str) or not isinstance(key_id, str | None):
        refuse("alg or kid is not a string")
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
