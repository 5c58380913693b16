"""How the identity service fails; see :mod:`common.errors.factories`."""

from typing import NoReturn

from common.errors.codes import IdentityErrorCode
from common.errors.detail import CorrelationId
from common.errors.raising import AccountErrorFactory, Headers, WordedErrorFactory, with_facts
from common.errors.source import ErrorSource

raise_invalid_credentials_error = AccountErrorFactory(IdentityErrorCode.INVALID_CREDENTIALS)
raise_user_already_exists_error = AccountErrorFactory(IdentityErrorCode.USER_ALREADY_EXISTS)
raise_email_not_verified_error = AccountErrorFactory(IdentityErrorCode.EMAIL_NOT_VERIFIED)
raise_account_locked_error = AccountErrorFactory(IdentityErrorCode.ACCOUNT_LOCKED)
raise_email_already_verified_error = AccountErrorFactory(IdentityErrorCode.EMAIL_ALREADY_VERIFIED)
raise_password_reset_not_requested_error = AccountErrorFactory(IdentityErrorCode.PASSWORD_RESET_NOT_REQUESTED)

raise_refresh_token_invalid_error = WordedErrorFactory(IdentityErrorCode.REFRESH_TOKEN_INVALID)
raise_refresh_token_expired_error = WordedErrorFactory(IdentityErrorCode.REFRESH_TOKEN_EXPIRED)
raise_verification_token_expired_error = WordedErrorFactory(IdentityErrorCode.VERIFICATION_TOKEN_EXPIRED)
raise_verification_token_invalid_error = WordedErrorFactory(IdentityErrorCode.VERIFICATION_TOKEN_INVALID)
raise_reset_token_expired_error = WordedErrorFactory(IdentityErrorCode.RESET_TOKEN_EXPIRED)
raise_reset_token_invalid_error = WordedErrorFactory(IdentityErrorCode.RESET_TOKEN_INVALID)


def raise_user_not_found_error(
    service: str,
    operation: str,
    identifier: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise USER_NOT_FOUND; ``identifier`` is the id or the e-mail address that was looked for."""
    raise ErrorSource(service, operation, correlation_id).error(
        IdentityErrorCode.USER_NOT_FOUND, message, details=with_facts(details, identifier=identifier), headers=headers
    )


def raise_token_expired_error(
    service: str,
    operation: str,
    token_type: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise TOKEN_EXPIRED for a token of ``token_type``, such as ``access``."""
    raise ErrorSource(service, operation, correlation_id).error(
        IdentityErrorCode.TOKEN_EXPIRED, message, details=with_facts(details, token_type=token_type), headers=headers
    )


def raise_token_invalid_error(
    service: str,
    operation: str,
    token_type: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise TOKEN_INVALID for a token of ``token_type``, such as ``access``."""
    raise ErrorSource(service, operation, correlation_id).error(
        IdentityErrorCode.TOKEN_INVALID, message, details=with_facts(details, token_type=token_type), headers=headers
    )
