"""Verifies access tokens in JWS compact form (RFC 7515): PyJWT checks the signature, our own rules the rest.

PyJWT's own decoding decodes each part twice and looks each time whether the secret could be a public key. A
:class:`common.identity.keys.Key` is looked at once, when it is made.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

import orjson
from jwt.algorithms import get_default_algorithms
from jwt.utils import base64url_decode

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

    def find(self, token: str) -> VerifiedToken | None:
        """Return what is known of ``token``; the caller checks that its key still is the one for its header."""
        return self._known.get(_digest(token))

    def remember(self, token: str, verified: VerifiedToken) -> None:
        """Keep whom ``token`` was found to prove."""
        self._known.put(_digest(token), verified)


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
        if (known := self._verified.find(token)) is not None and await self._keys.key_for(known.header) is known.key:
            return known
        header = _header_of(token)
        if header.algorithm not in self._algorithms:
            refuse("alg is not on the list")
        verified = self._check(token, header, await self._keys.key_for(header))
        self._verified.remember(token, verified)
        return verified

    def _check(self, token: str, header: TokenHeader, key: Key | None) -> VerifiedToken:
        if key is None or header.algorithm not in key.algorithms:
            refuse("no key takes this kid and alg")
        signed_part, _, signature = token.rpartition(".")
        algorithm = self._algorithms[header.algorithm]
        if not algorithm.verify(signed_part.encode(), key.material, base64url_decode(signature)):
            refuse("the key didn't sign it")
        claims = _json_object(base64url_decode(signed_part.partition(".")[2]))
        token_id = token_id_of(claims, signed_part)
        return VerifiedToken(header, key, principal_from(claims, self._expected, token_id=token_id))


def _header_of(token: str) -> TokenHeader:
    """Return what an unverified token says of its key, after the checks that need no key."""
    if len(token) > TOKEN_MAX_BYTES or _COMPACT.fullmatch(token) is None:
        refuse("over 8 KB, or not three parts in canonical base64url")
    header = _json_object(base64url_decode(token.partition(".")[0]))
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
