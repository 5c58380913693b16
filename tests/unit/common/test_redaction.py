"""Names of credentials and well-known secrets are recognised, and credentials are hidden wherever they stand."""

import secrets
from time import process_time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from common.redaction import (
    DEVELOPMENT_INTERNAL_API_KEY,
    MAX_CHARS,
    is_secret,
    is_well_known,
    redact,
    redact_event,
    redact_text,
)
from tests.support.signing import claims, ec_pair, hs_token, rsa_pair, sign_token

JWT = hs_token()
TICKET = "9f8e7d6c5b4a"
ID = UUID("3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11")


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


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(JWT, id="HS256"),
        pytest.param(sign_token(rsa_pair()), id="RS256"),
        pytest.param(sign_token(ec_pair(), claims(sub="lärare")), id="ES256"),
        pytest.param(f"{JWT.rpartition('.')[0]}.", id="unsigned"),
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "Authorization: Bearer {}",
        "/ws?token={}",
        "/ws?cursor=1&token={}&x=2",
        "huleedu.v1, bearer.{}",
        "%20{}%20",
        "{{'sub': '{}'}}",
        "x{}",
        "line one\nline {} two",
    ],
)
def test_a_token_is_hidden_in_any_text(token: str, around: str) -> None:
    """By its shape, so that nobody has to know where it came from."""
    hidden = redact_text(around.format(token))

    assert token not in hidden
    assert token.split(".")[1] not in hidden


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"/ws?ticket={TICKET}", "/ws?ticket=***"),
        (f"/ws?a=1&TICKET={TICKET}&b=2", "/ws?a=1&TICKET=***&b=2"),
        (f"access_token={TICKET};x", "access_token=***;x"),
        (f"next=%2Fws%3Fticket%3D{TICKET}", "next=%2Fws%3Fticket%3D***"),
        (f"bearer {TICKET}", "bearer ***"),
        ("Basic dGVhY2hlcjpzZWNyZXQ=", "Basic ***"),
        (f'{{"refresh_token": "{TICKET}", "n": 1}}', '{"refresh_token": ***, "n": 1}'),
        ('{"password":"a\\"b","email":"t@x"}', '{"password":***,"email":"t@x"}'),
    ],
)
def test_named_values_are_hidden(text: str, expected: str) -> None:
    """What has no shape is known by its name."""
    assert redact_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/v1/batches/3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11/status?limit=20&offset=0",
        "common.errors.quart_handlers.register_error_handlers",
        "gateway.example.org 10.0.0.1",
        'Bearer realm="huleedu", error="invalid_token"',
        "token_expired",
        "the token has expired",
        "keyword.argument.list",
    ],
)
def test_plain_text_stays(text: str) -> None:
    """Logs are for reading."""
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "Authorization",
        "cookie",
        "Set-Cookie",
        "password",
        "x-internal-api-key",
        "jwt_secret_key",
        "token",
        "ticket",
        "access_token",
    ],
)
@pytest.mark.parametrize("value", ["opaque", b"opaque"], ids=["text", "bytes"])
def test_values_under_a_secret_name_are_hidden_whole(name: str, value: object) -> None:
    """At any depth."""
    assert redact_event({name: value}) == {name: "***"}
    assert redact({"headers": [{name: value}]}) == {"headers": [{name: "***"}]}


def test_what_isnt_plain_is_told_by_its_repr_without_credentials() -> None:
    """An exception's text may quote what it failed on."""
    assert redact(ValueError(JWT)) == "ValueError('***')"
    assert redact(f"/ws?token={TICKET}".encode()) == "/ws?token=***"
    assert redact(SecretStr(TICKET)) == "SecretStr('**********')"
    assert redact({1: (ID, None, True, 1.5, {JWT})}) == {"1": [ID, None, True, 1.5, ["***"]]}


def test_long_text_is_cut() -> None:
    """A stranger's megabyte doesn't fill the log."""
    cut = redact_text("x" * 1_000_000)

    assert len(cut) < MAX_CHARS + 50
    assert "1000000 characters" in cut


@given(before=st.text(), after=st.text())
def test_no_surroundings_bring_a_token_through(before: str, after: str) -> None:
    """Whatever stands before and behind it."""
    hidden = redact_text(f"{before}{JWT}{after}")

    assert JWT not in hidden
    assert JWT.split(".")[1] not in hidden


@pytest.mark.parametrize("piece", ["eyJ", "eyJaaaa.", '"token', "token-", '"', "bearer ", " eyA", "ey."])
def test_a_long_text_holds_nobody_up(piece: str) -> None:
    """However it is made, a text is read in linear time: a hundred of the longest at once."""
    texts = [(f'"{piece * MAX_CHARS}')[: MAX_CHARS - 1] + "="] * 100

    begun = process_time()
    redact(texts)

    assert process_time() - begun < 5.0


@pytest.mark.parametrize(
    "text",
    [
        f"BEARER {TICKET}",
        f"Basic\t{TICKET}",
        f"next TICKET%3D{TICKET}",
        f"next ticket%3d{TICKET}",
        f"Api-Key={TICKET}",
        f"PassWord={TICKET}",
        f'"Ticket" : "{TICKET}"',
        f"EYJhbGciOi.{TICKET}.{TICKET}",
    ],
)
def test_each_form_is_seen_in_any_case(text: str) -> None:
    """What is looked for first, because it is quick to find, is a part of every form."""
    assert TICKET not in redact_text(text)
