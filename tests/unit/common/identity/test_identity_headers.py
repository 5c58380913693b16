"""The headers that tell services who is calling, and the names nobody else may use."""

from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.identity.identity_headers import IDENTITY_HEADERS, identity_headers, is_identity_header
from common.identity.principal import OrgId, Principal, TokenId, UserId
from tests.fakes.clock import DEFAULT_START

CORRELATION_ID = UUID("3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11")


def told_of(user_id: str, org_id: str | None = None) -> dict[str, str]:
    """Return the headers for a caller of these ids."""
    org = None if org_id is None else OrgId(org_id)
    principal = Principal(
        user_id=UserId(user_id),
        org_id=org,
        issued_at=DEFAULT_START,
        expires_at=DEFAULT_START,
        token_id=TokenId("token-1"),
    )
    return identity_headers(principal, CORRELATION_ID)


def test_plain_ids_go_as_they_are() -> None:
    """And without an organisation there is no header for one."""
    assert told_of("teacher-1") == {"X-User-ID": "teacher-1", "X-Correlation-ID": str(CORRELATION_ID)}
    assert told_of("teacher-1", "school-1")["X-Org-ID"] == "school-1"


@pytest.mark.parametrize(
    ("user_id", "org_id", "user_header", "org_header"),
    [
        pytest.param("lärare", "skola", "l%C3%A4rare", "skola", id="the user's"),
        pytest.param("teacher", "skolan på ön", "teacher", "skolan%20p%C3%A5%20%C3%B6n", id="the organisation's"),
        pytest.param("50% å", "100%", "50%25%20%C3%A5", "100%25", id="a percent sign beside"),
        pytest.param("å/a:b@c", "x", "%C3%A5%2Fa%3Ab%40c", "x", id="nothing is safe"),
    ],
)
def test_one_id_that_needs_encoding_has_both_encoded(
    user_id: str, org_id: str, user_header: str, org_header: str
) -> None:
    """The marker speaks for the request: a consumer that decodes both gets both back."""
    headers = told_of(user_id, org_id)

    assert headers["X-User-ID"] == user_header
    assert headers["X-Org-ID"] == org_header
    assert headers["X-Identity-Encoding"] == "url"


def test_a_percent_sign_alone_needs_no_encoding() -> None:
    """Without the marker nobody decodes."""
    assert told_of("100%41") == {"X-User-ID": "100%41", "X-Correlation-ID": str(CORRELATION_ID)}


@given(user_id=st.text(min_size=1), org_id=st.none() | st.text(min_size=1))
def test_no_id_can_break_a_header_and_every_id_comes_back(user_id: str, org_id: str | None) -> None:
    """Line ends, NULs and outer blanks never reach the wire; a consumer by the contract's rule reads what was sent."""
    headers = told_of(user_id, org_id)

    decode = unquote if headers.get("X-Identity-Encoding") == "url" else str
    assert all(value.isascii() and value.isprintable() and value == value.strip() for value in headers.values())
    assert decode(headers["X-User-ID"]) == user_id
    assert (decode(headers["X-Org-ID"]) if org_id is not None else headers.get("X-Org-ID")) == org_id


@pytest.mark.parametrize(
    "name",
    [
        "X-User-ID",
        "x-user-id",
        "X_USER_ID",
        "x-user_id",
        "X-Org-Id",
        "x_org_id",
        "X-Identity-Encoding",
        "x_identity-encoding",
        "X-INTERNAL-API-KEY",
        "x_internal_api_key",
        "x-internal-api_key",
        "X-Service-ID",
        "X.User.ID",
    ],
)
def test_names_that_only_the_edge_may_set_are_known_in_any_spelling(name: str) -> None:
    """Servers behind the edge fold case and punctuation; so must it."""
    assert is_identity_header(name)


@pytest.mark.parametrize(
    "name", ["X-User", "User-ID", "X-User-ID-2", "Authorization", "X-Correlation-ID", "XUserID", ""]
)
def test_other_names_pass(name: str) -> None:
    """Only those five names are taken away."""
    assert not is_identity_header(name)


def test_underscore_spellings_are_listed() -> None:
    """For whoever compares names in lower case."""
    assert {"x-user-id", "x_user_id", "x-user_id", "x_internal-api_key"} <= IDENTITY_HEADERS
