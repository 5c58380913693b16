"""The verified caller, the one port that makes it, and the bearer token that it is made from (RFC 6750 section 2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, NoReturn, Protocol

from common.errors.codes import AuthReason
from common.errors.source import ErrorSource

UserId = NewType("UserId", str)
OrgId = NewType("OrgId", str)
TokenId = NewType("TokenId", str)


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


_SCHEME = "bearer"


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
