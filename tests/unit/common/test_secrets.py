"""Names of credentials are known by sight."""

import pytest

from common.secrets import is_secret


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
