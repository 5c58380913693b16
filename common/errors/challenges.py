"""Why a credential was refused, and the ``WWW-Authenticate`` challenge that says so (RFC 6750 section 3)."""

from enum import StrEnum, auto

from common.errors.codes import ErrorCode

REALM = "huleedu"


class AuthReason(StrEnum):
    """Why a credential was refused; stands in ``details.reason`` and in the close reason's ``message``.

    The last three are the identity service's, about the account at a login; they concern no token.
    """

    TOKEN_MISSING = auto()
    REQUEST_MALFORMED = auto()
    TOKEN_EXPIRED = auto()
    TOKEN_INVALID = auto()
    REVOKED = auto()
    INSUFFICIENT_SCOPE = auto()
    WRONG_CREDENTIALS = auto()
    ACCOUNT_LOCKED = auto()
    EMAIL_NOT_VERIFIED = auto()


def challenge_for(reason: AuthReason) -> str:
    """Return the value of ``WWW-Authenticate``.

    The answer to a request without a token has no error code (RFC 6750 section 3.1, last paragraph).
    """
    match reason:
        case AuthReason.REQUEST_MALFORMED:
            return _with_error("invalid_request")
        case AuthReason.INSUFFICIENT_SCOPE:
            return _with_error("insufficient_scope")
        case AuthReason.TOKEN_EXPIRED | AuthReason.TOKEN_INVALID | AuthReason.REVOKED:
            return _with_error("invalid_token")
        case _:
            return f'Bearer realm="{REALM}"'


def code_for_reason(reason: AuthReason) -> ErrorCode:
    """Return the code under which ``reason`` is answered: 400 malformed, 403 not enough, else 401."""
    match reason:
        case AuthReason.REQUEST_MALFORMED:
            return ErrorCode.INVALID_REQUEST
        case AuthReason.INSUFFICIENT_SCOPE | AuthReason.ACCOUNT_LOCKED | AuthReason.EMAIL_NOT_VERIFIED:
            return ErrorCode.AUTHORIZATION_ERROR
        case _:
            return ErrorCode.AUTHENTICATION_ERROR


def _with_error(error: str) -> str:
    return f'Bearer realm="{REALM}", error="{error}"'
