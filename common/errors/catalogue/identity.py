"""What can fail about accounts: the identity service's codes."""

from common.errors.catalogue.entry import row
from common.errors.codes import AuthReason, CloseCode, IdentityErrorCode
from common.errors.texts import identity as identity_texts
from common.errors.texts import requests as requests_texts

_LOG_IN = "Send the user to the login."

ROWS = (
    row(
        IdentityErrorCode.INVALID_CREDENTIALS,
        401,
        (
            "The e-mail address or the password is wrong",
            "No account has this e-mail address with this password.",
            "Say so at the login form, without saying which of the two is wrong; don't refresh the token.",
        ),
        teacher=identity_texts.WRONG_CREDENTIALS,
        close=CloseCode.POLICY,
        reason=AuthReason.WRONG_CREDENTIALS,
    ),
    row(
        IdentityErrorCode.USER_NOT_FOUND,
        404,
        ("The account does not exist", "No account matches the request.", "Check the input."),
        teacher=identity_texts.NO_ACCOUNT,
    ),
    row(
        IdentityErrorCode.USER_ALREADY_EXISTS,
        409,
        (
            "The account already exists",
            "An account with this e-mail address exists.",
            "Offer the login or a password reset.",
        ),
        teacher=identity_texts.ACCOUNT_EXISTS,
    ),
    row(
        IdentityErrorCode.EMAIL_NOT_VERIFIED,
        403,
        (
            "The e-mail address is not verified",
            "The owner of the account has not yet followed the link in the verification mail.",
            "Ask the user to follow the link, and offer to send it again.",
        ),
        teacher=identity_texts.EMAIL_NOT_CONFIRMED,
        close=CloseCode.POLICY,
        reason=AuthReason.EMAIL_NOT_VERIFIED,
    ),
    row(
        IdentityErrorCode.ACCOUNT_LOCKED,
        403,
        (
            "The account is locked",
            "Too many logins failed; the account is locked temporarily.",
            "Show the user the end of the lock, from `details.locked_until` or `details.remaining_minutes` if present.",
        ),
        teacher=identity_texts.LOCKED,
        close=CloseCode.POLICY,
        details=("locked_until", "remaining_minutes"),
        reason=AuthReason.ACCOUNT_LOCKED,
    ),
    row(
        IdentityErrorCode.TOKEN_EXPIRED,
        401,
        ("The token has expired", "A token of the identity service has expired.", _LOG_IN),
        teacher=requests_texts.LOG_IN_AGAIN,
        close=CloseCode.POLICY,
        details=("token_type",),
        reason=AuthReason.TOKEN_EXPIRED,
    ),
    row(
        IdentityErrorCode.TOKEN_INVALID,
        401,
        ("The token is invalid", "The identity service doesn't accept the token, or got none.", _LOG_IN),
        teacher=requests_texts.LOG_IN_AGAIN,
        close=CloseCode.POLICY,
        details=("token_type",),
        reason=AuthReason.TOKEN_INVALID,
    ),
    row(
        IdentityErrorCode.REFRESH_TOKEN_INVALID,
        401,
        ("The refresh token is invalid", "The refresh token was revoked, or is not a refresh token.", _LOG_IN),
        teacher=requests_texts.LOG_IN_AGAIN,
        close=CloseCode.POLICY,
        reason=AuthReason.TOKEN_INVALID,
    ),
    row(
        IdentityErrorCode.REFRESH_TOKEN_EXPIRED,
        401,
        ("The refresh token has expired", "The session is too old to be renewed.", _LOG_IN),
        teacher=requests_texts.LOG_IN_AGAIN,
        close=CloseCode.POLICY,
        reason=AuthReason.TOKEN_EXPIRED,
    ),
    row(
        IdentityErrorCode.VERIFICATION_TOKEN_EXPIRED,
        400,
        ("The verification link has expired", "The link of the verification mail has expired.", "Offer a new mail."),
        teacher=identity_texts.CONFIRMATION_TOO_OLD,
    ),
    row(
        IdentityErrorCode.VERIFICATION_TOKEN_INVALID,
        400,
        (
            "The verification link is invalid",
            "The link of the verification mail was used before, or was not sent by the platform.",
            "Offer the login, or a new mail.",
        ),
        teacher=identity_texts.CONFIRMATION_UNUSABLE,
    ),
    row(
        IdentityErrorCode.EMAIL_ALREADY_VERIFIED,
        409,
        ("The e-mail address is already verified", "The link was followed before.", "Offer the login."),
        teacher=identity_texts.EMAIL_CONFIRMED,
    ),
    row(
        IdentityErrorCode.RESET_TOKEN_EXPIRED,
        400,
        ("The password reset link has expired", "The link of the mail has expired.", "Offer a new mail."),
        teacher=identity_texts.RESET_TOO_OLD,
    ),
    row(
        IdentityErrorCode.RESET_TOKEN_INVALID,
        400,
        (
            "The password reset link is invalid",
            "The link of the mail was used before, or was not sent by the platform.",
            "Offer a new mail.",
        ),
        teacher=identity_texts.RESET_UNUSABLE,
    ),
    row(
        IdentityErrorCode.PASSWORD_RESET_NOT_REQUESTED,
        409,
        (
            "No password reset was requested",
            "No password reset was requested for the account.",
            "Offer to request one.",
        ),
        teacher=identity_texts.RESET_NOT_REQUESTED,
    ),
)
