"""Each refusal of a credential carries the challenge RFC 6750 gives it."""

import pytest

from common.errors.catalogue import entry_for
from common.errors.codes import AuthReason
from common.errors.source import challenge_for, code_for_reason

INVALID_TOKEN = 'Bearer realm="huleedu", error="invalid_token"'


@pytest.mark.parametrize(
    ("reason", "status", "challenge"),
    [
        (AuthReason.TOKEN_MISSING, 401, 'Bearer realm="huleedu"'),
        (AuthReason.REQUEST_MALFORMED, 400, 'Bearer realm="huleedu", error="invalid_request"'),
        (AuthReason.TOKEN_EXPIRED, 401, INVALID_TOKEN),
        (AuthReason.TOKEN_INVALID, 401, INVALID_TOKEN),
        (AuthReason.REVOKED, 401, INVALID_TOKEN),
        (AuthReason.INSUFFICIENT_SCOPE, 403, 'Bearer realm="huleedu", error="insufficient_scope"'),
        (AuthReason.WRONG_CREDENTIALS, 401, 'Bearer realm="huleedu"'),
        (AuthReason.ACCOUNT_LOCKED, 403, 'Bearer realm="huleedu"'),
        (AuthReason.EMAIL_NOT_VERIFIED, 403, 'Bearer realm="huleedu"'),
    ],
)
def test_reason_status_and_challenge_agree(reason: AuthReason, status: int, challenge: str) -> None:
    """A request without a token is told no error; the others are told theirs, with its status."""
    assert challenge_for(reason) == challenge
    assert entry_for(code_for_reason(reason)).status == status


def test_the_reasons_are_the_words_clients_read() -> None:
    """The dashboard compares these words; they never change."""
    assert [reason.value for reason in AuthReason] == [
        "token_missing",
        "request_malformed",
        "token_expired",
        "token_invalid",
        "revoked",
        "insufficient_scope",
        "wrong_credentials",
        "account_locked",
        "email_not_verified",
    ]
