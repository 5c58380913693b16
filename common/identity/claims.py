"""From a token's signed claims to the principal they prove. Pure: no clock, no key, no I/O.

Rules: RFC 7519 section 4.1, RFC 8725 section 3, the platform contract's "Identity".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from common.errors.challenges import AuthReason
from common.identity.principal import OrgId, Principal, TokenId, UserId

CLOCK_LEEWAY_S = 10
"""How far a token's ``iat`` and ``nbf`` may lie ahead of our clock; ``exp`` gets none."""

_ORG_CLAIMS = ("org_id", "org", "organization_id")
_YEAR_10000_S = 253_402_300_800  # the first second datetime has no word for


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


def principal_from(claims: Mapping[str, object], expected: Expectation, *, now: datetime) -> Principal:
    """Return the principal that signed ``claims`` prove at ``now``.

    Raises:
        TokenRefusedError: with reason ``token_expired`` when nothing but the time is wrong, else ``token_invalid``.
    """
    if claims.get("iss") != expected.issuer:
        refuse("iss is not the expected issuer")
    _require_audience(claims.get("aud"), expected.audience)
    user_id = claims.get("sub")
    if not isinstance(user_id, str) or not user_id.strip():
        refuse("sub is not a non-empty string")
    now_s = now.timestamp()
    issued_s = _moment(claims, "iat")
    not_before_s = _moment(claims, "nbf") if "nbf" in claims else issued_s
    expires_s = _moment(claims, "exp")
    token_id, roles = _token_id(claims.get("jti")), _roles(claims.get("roles"))
    if max(issued_s, not_before_s) > now_s + CLOCK_LEEWAY_S:
        refuse("iat or nbf lies in the future")
    if expires_s <= now_s:
        refuse("exp has passed", reason=AuthReason.TOKEN_EXPIRED)
    return Principal(
        user_id=UserId(user_id),
        org_id=_org_id(claims),
        roles=roles,
        issued_at=datetime.fromtimestamp(issued_s, UTC),
        expires_at=datetime.fromtimestamp(expires_s, UTC),
        token_id=token_id,
    )


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


def _token_id(jti: object) -> TokenId | None:
    """Return ``jti``. One that isn't a string would escape revocation, so it is refused."""
    match jti:
        case None:
            return None
        case str() if jti:
            return TokenId(jti)
        case _:
            refuse("jti is not a non-empty string")


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
