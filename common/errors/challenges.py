"""Why a credential was refused, and the ``WWW-Authenticate`` challenge that says so (RFC 6750 section 3)."""

from enum import StrEnum, auto

from common.errors.codes import ErrorCode

REALM = "huleedu"


class AuthReason(StrEnum):
    """Why a credential was refused; stands in ``details.reason`` and in the close reason's ``message``."""

    TOKEN_MISSING = auto()
    REQUEST_MALFORMED = auto()
    TOKEN_EXPIRED = auto()
    TOKEN_INVALID = auto()
    REVOKED = auto()
    INSUFFICIENT_SCOPE = auto()


def challenge_for(reason: AuthReason) -> str:
    """Return the value of ``WWW-Authenticate``.

    A request without a credential is told no error code (RFC 6750 section 3.1, last paragraph).
    """
    match reason:
        case AuthReason.TOKEN_MISSING:
            return f'Bearer realm="{REALM}"'
        case AuthReason.REQUEST_MALFORMED:
            return _with_error("invalid_request")
        case AuthReason.INSUFFICIENT_SCOPE:
            return _with_error("insufficient_scope")
        case AuthReason.TOKEN_EXPIRED | AuthReason.TOKEN_INVALID | AuthReason.REVOKED:
            return _with_error("invalid_token")


def code_for_reason(reason: AuthReason) -> ErrorCode:
    """Return the code under which ``reason`` is answered: 400 malformed, 403 not enough, else 401."""
    match reason:
        case AuthReason.REQUEST_MALFORMED:
            return ErrorCode.INVALID_REQUEST
        case AuthReason.INSUFFICIENT_SCOPE:
            return ErrorCode.AUTHORIZATION_ERROR
        case _:
            return ErrorCode.AUTHENTICATION_ERROR


def _with_error(error: str) -> str:
    return f'Bearer realm="{REALM}", error="{error}"'
