"""Names of credentials, and secrets that everybody knows, are known by sight."""

import secrets

import pytest

from common.secrets import DEVELOPMENT_INTERNAL_API_KEY, is_secret, is_well_known


@pytest.mark.parametrize(
    "name",
    ["password", "Password", "new_password", "passwd", "passphrase", "token", "refresh_token", "ticket", "jwt",
     "api_key", "X-Internal-API-Key", "apikey", "Authorization", "client_secret", "credentials", "Cookie"],
)  # fmt: skip
def test_a_credentials_name_is_known(name: str) -> None:
    """Values under these names are never echoed."""
    assert is_secret(name)


@pytest.mark.parametrize("name", ["title", "course_code", "passed", "compass", "essay_ids", "key", "email"])
def test_another_name_is_no_secret(name: str) -> None:
    """A value the client may see again helps it to correct it."""
    assert not is_secret(name)


@pytest.mark.parametrize(
    "secret",
    [
        "secret",
        "changeme",
        "CHANGE-ME",
        "please-change-me-in-production-please",
        "change_this_secret_key_now_0123456789",
        "your-256-bit-secret",
        "your_jwt_secret_key_goes_here_0123456",
        "a-string-secret-at-least-256-bits-long",
        "dev-secret-key-for-huleedu-0123456789",
        "test-secret-key-0123456789012345678901",
        "test_secret",
        "insecure-jwt-signing-key-0123456789abc",
        "example-secret-0123456789abcdefghijklm",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "00000000000000000000000000000000",
        "abababababababababababababababab",
        "sandbox-internal-api-key",
        DEVELOPMENT_INTERNAL_API_KEY,
    ],
)
def test_published_and_filler_secrets_are_known(secret: str) -> None:
    """From documentation, examples and keyboards."""
    assert is_well_known(secret)


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_random_secrets_are_not(make: type) -> None:
    """Whatever their alphabet."""
    assert not any(is_well_known(make(32)) for _ in range(1000))
