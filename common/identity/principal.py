"""The verified caller, the port that makes it from a bearer token, and what the token's claims must say. No I/O.

Rules: RFC 6750 section 2.1 for the header; RFC 7519 section 4.1, RFC 8725 section 3 and the platform contract's
"Identity" for the claims.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NewType, NoReturn, Protocol

from common.errors.codes import AuthReason
from common.errors.source import ErrorSource

UserId = NewType("UserId", str)
OrgId = NewType("OrgId", str)
TokenId = NewType("TokenId", str)

_SCHEME = "bearer"

CLOCK_LEEWAY_S = 10
"""How far a token's ``iat`` and ``nbf`` may lie ahead of our clock; ``exp`` gets none."""

ACCESS_USE = "access"
"""The one ``typ`` claim of an access token; Identity's refresh tokens differ from access tokens by this claim alone."""

_ORG_CLAIMS = ("org_id", "org", "organization_id")
_YEAR_10000_S = 253_402_300_800  # the first second datetime has no word for


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller whose access token was verified; nothing else makes one.

    ``issued_at`` and ``expires_at`` are the token's ``iat`` (None for a token without one) and ``exp``, aware, in UTC.
    ``token_id`` is what the token is revoked by, ``org_id`` the first non-empty string of ``org_id``, ``org`` and
    ``organization_id``.
    """

    user_id: UserId
    org_id: OrgId | None = None
    roles: frozenset[str] = frozenset()
    issued_at: datetime | None
    expires_at: datetime
    token_id: TokenId


class TokenVerifier(Protocol):
    """Turns an access token into the principal it proves."""

    async def verify(self, token: str) -> Principal:
        """Return the caller that ``token`` proves.

        Raises:
            HuleEduError: AUTHENTICATION_ERROR with ``details.reason`` ``token_expired`` or ``token_invalid``;
                SERVICE_UNAVAILABLE with ``Retry-After`` when no key is there to verify with.
        """
        ...


def bearer_token(authorization_values: Sequence[str], *, service: str) -> str:
    """Return the token among a request's ``Authorization`` values; whether it is any good is the verifier's matter.

    Args:
        authorization_values: the values of all ``Authorization`` headers, in order.
        service: the service's name, for the error body.

    Raises:
        HuleEduError: AUTHENTICATION_ERROR (401, reason ``token_missing``) when there is no header, an empty one or
            another scheme; else as :func:`optional_bearer_token`.
    """
    token = optional_bearer_token(authorization_values, service=service)
    if token is None:
        _refuse(AuthReason.TOKEN_MISSING, "An access token is required; send Authorization: Bearer <token>.", service)
    return token


def optional_bearer_token(authorization_values: Sequence[str], *, service: str) -> str | None:
    """Return the same for a route that works without a token: None when there is none.

    Raises:
        HuleEduError: INVALID_REQUEST (400, reason ``request_malformed``) for two headers, or ``Bearer`` with nothing or
            with spaces behind it.
    """
    if len(authorization_values) > 1:
        _refuse(AuthReason.REQUEST_MALFORMED, "Send exactly one Authorization header.", service)
    scheme, _, token = (authorization_values[0] if authorization_values else "").strip(" \t").partition(" ")
    if scheme.lower() != _SCHEME:
        return None
    token = token.strip(" ")
    if not token or " " in token:
        _refuse(AuthReason.REQUEST_MALFORMED, "Send one access token after Bearer, without spaces.", service)
    return token


def _refuse(reason: AuthReason, message: str, service: str) -> NoReturn:
    raise ErrorSource(service, "bearer_token").unauthenticated(reason, message)


class TokenRefusedError(Exception):
    """A token proves nothing. ``reason`` is for the client; the text tells our log why and quotes nothing."""

    def __init__(self, why: str, *, reason: AuthReason) -> None:
        super().__init__(why)
        self.reason = reason


def refuse(why: str, *, reason: AuthReason = AuthReason.TOKEN_INVALID) -> NoReturn:
    """Raise :class:`TokenRefusedError`."""
    raise TokenRefusedError(why, reason=reason)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Who must have issued a token, and for whom."""

    issuer: str
    audience: str


@dataclass(frozen=True, slots=True)
class ProvenPrincipal:
    """Whom signed claims prove, and the seconds since 1970 between which they do."""

    principal: Principal
    starts_s: float
    expires_s: float

    def at(self, now: datetime) -> Principal:
        """Return the principal. Raises TokenRefusedError when the claims don't hold yet, or no longer."""
        now_s = now.timestamp()
        if self.starts_s > now_s + CLOCK_LEEWAY_S:
            refuse("iat or nbf lies in the future")
        if self.expires_s <= now_s:
            refuse("exp has passed", reason=AuthReason.TOKEN_EXPIRED)
        return self.principal


def principal_from(claims: Mapping[str, object], expected: Expectation, *, token_id: TokenId) -> ProvenPrincipal:
    """Return whom signed ``claims`` prove; ``token_id`` is from :func:`token_id_of`.

    Raises:
        TokenRefusedError: with reason ``token_invalid``; only the time remains to be judged.
    """
    if claims.get("iss") != expected.issuer:
        refuse("iss is not the expected issuer")
    _require_audience(claims.get("aud"), expected.audience)
    user_id = claims.get("sub")
    if not isinstance(user_id, str) or not user_id.strip():
        refuse("sub is not a non-empty string")
    if claims.get("typ", ACCESS_USE) != ACCESS_USE:
        refuse("typ says that it is no access token")
    starts_s = {name: _moment(claims, name) for name in ("iat", "nbf") if name in claims}
    expires_s = _moment(claims, "exp")
    principal = Principal(
        user_id=UserId(user_id),
        org_id=_org_id(claims),
        roles=_roles(claims.get("roles")),
        issued_at=datetime.fromtimestamp(starts_s["iat"], UTC) if "iat" in starts_s else None,
        expires_at=datetime.fromtimestamp(expires_s, UTC),
        token_id=token_id,
    )
    return ProvenPrincipal(principal, max(starts_s.values(), default=0.0), expires_s)


def token_id_of(claims: Mapping[str, object], signed_part: str) -> TokenId:
    """Return what a token is revoked by: its ``jti``, or the digest of its signed part where it has none.

    Args:
        claims: what it says.
        signed_part: ``header.payload`` as sent, whose spelling is canonical: one token has one id.

    Raises:
        TokenRefusedError: ``jti`` is there and no non-empty string; such a token would escape revocation.
    """
    match claims.get("jti"):
        case None:
            return TokenId(f"sha256:{sha256(signed_part.encode()).hexdigest()}")
        case str(jti) if jti:
            return TokenId(jti)
        case _:
            refuse("jti is not a non-empty string")


def _require_audience(audience: object, expected: str) -> None:
    audiences = audience if isinstance(audience, list) else [audience]
    if expected not in audiences:
        refuse("aud does not name us")


def _moment(claims: Mapping[str, object], name: str) -> float:
    """Return a NumericDate claim (seconds since 1970, fractions allowed)."""
    moment = claims.get(name)
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment < _YEAR_10000_S:
        refuse(f"{name} is not a point in time")
    return moment


def _roles(roles: object) -> frozenset[str]:
    match roles:
        case None:
            return frozenset()
        case list() if all(isinstance(role, str) for role in roles):
            return frozenset(roles)
        case _:
            refuse("roles is not a list of strings")


def _org_id(claims: Mapping[str, object]) -> OrgId | None:
    candidates = (claims.get(name) for name in _ORG_CLAIMS)
    return next((OrgId(value) for value in candidates if isinstance(value, str) and value.strip()), None)
