"""What signed claims prove."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from common.errors.codes import AuthReason
from common.identity.principal import Expectation, Principal, TokenId, TokenRefusedError, principal_from, token_id_of
from tests.fakes.clock import DEFAULT_START
from tests.support.signing import AUDIENCE, ISSUER, NOW_S, claims

EXPECTED = Expectation(ISSUER, AUDIENCE)
SIGNED_PART = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0"
DIGEST_ID = f"sha256:{sha256(SIGNED_PART.encode()).hexdigest()}"


def proven_by(**overrides: object) -> Principal:
    """Return the principal of otherwise good claims."""
    said = claims(**overrides)
    return principal_from(said, EXPECTED, token_id=token_id_of(said, SIGNED_PART)).at(DEFAULT_START)


def test_every_claim_of_the_contract_reaches_the_principal() -> None:
    """Nothing else of the token is ever looked at again."""
    principal = proven_by(sub="lärare-å", roles=["teacher", "admin"])

    assert principal.user_id == "lärare-å"
    assert principal.org_id == "school-1"
    assert principal.roles == {"teacher", "admin"}
    assert principal.token_id == "token-1"
    assert principal.issued_at == datetime.fromtimestamp(NOW_S - 60, UTC)
    assert principal.expires_at.timestamp() == NOW_S + 3600
    assert principal.expires_at.tzinfo is not None


def test_optional_claims_may_be_absent() -> None:
    """The contract asks for none of them."""
    principal = proven_by(iat=None, jti=None, roles=None, org_id=None)

    assert principal.issued_at is None
    assert principal.token_id == DIGEST_ID
    assert principal.org_id is None
    assert principal.roles == frozenset()


def test_null_means_none() -> None:
    """As the platform's issuer writes an organisation that a teacher doesn't have."""
    said = claims() | {"org_id": None, "org": None, "roles": None}
    principal = principal_from(said, EXPECTED, token_id=TokenId("t")).principal

    assert (principal.org_id, principal.roles) == (None, frozenset())
    assert token_id_of({"jti": None}, SIGNED_PART) == DIGEST_ID


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        pytest.param({"org_id": "a", "org": "b", "organization_id": "c"}, "a", id="all three"),
        pytest.param({"org_id": None, "org": "b", "organization_id": "c"}, "b", id="org"),
        pytest.param({"org_id": None, "organization_id": "c"}, "c", id="organization_id"),
        pytest.param({"org_id": "", "org": " ", "organization_id": "c"}, "c", id="empty ones passed over"),
        pytest.param({"org_id": 7, "org": ["b"], "organization_id": "c"}, "c", id="only strings count"),
        pytest.param({"org_id": ""}, None, id="none left"),
    ],
)
def test_the_organisation_is_the_first_non_empty_string(spelled: dict[str, object], expected: str | None) -> None:
    """Three spellings are in use on the platform."""
    assert proven_by(**spelled).org_id == expected


@pytest.mark.parametrize(
    "use", ["refresh", "Access", "access ", "", None, True, 1, 0.5, ["access"], {"access": 1}], ids=repr
)
def test_a_token_of_another_use_is_no_access_token(use: object) -> None:
    """Refresh tokens have the same issuer, audience and key; only ``typ`` tells them apart."""
    with pytest.raises(TokenRefusedError) as refused:
        principal_from(claims() | {"typ": use}, EXPECTED, token_id=TokenId("t"))

    assert refused.value.reason is AuthReason.TOKEN_INVALID
    assert proven_by(typ="access").user_id == "teacher-1"


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_claim_of_time_that_is_null_is_no_point_in_time(name: str) -> None:
    """It is there, so it is judged."""
    with pytest.raises(TokenRefusedError):
        principal_from(claims() | {name: None}, EXPECTED, token_id=TokenId("t"))


@pytest.mark.parametrize("name", ["iat", "nbf"])
@pytest.mark.parametrize("without", ["iat", "nbf", "neither"])
def test_each_claim_of_time_is_judged_by_itself(name: str, without: str) -> None:
    """One that lies in the future refuses the token, whether the other is there or not; ten seconds are forgiven."""
    others = {} if without in {name, "neither"} else {without: None}

    assert proven_by(**others | {name: NOW_S + 10}).user_id == "teacher-1"
    with pytest.raises(TokenRefusedError):
        proven_by(**others | {name: NOW_S + 10.5})


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"exp": "tomorrow"}, id="exp a word"),
        pytest.param({"exp": True}, id="exp a truth"),
        pytest.param({"exp": -1}, id="exp before time"),
        pytest.param({"exp": 10**20}, id="exp beyond the calendar"),
        pytest.param({"iat": float("nan")}, id="iat not a number"),
        pytest.param({"iat": [NOW_S]}, id="iat a list"),
        pytest.param({"nbf": "now"}, id="nbf a word"),
        pytest.param({"jti": 7}, id="jti that can't be revoked"),
        pytest.param({"jti": ""}, id="empty jti"),
        pytest.param({"roles": "teacher"}, id="roles a word"),
        pytest.param({"roles": [1]}, id="roles numbers"),
        pytest.param({"aud": {AUDIENCE: 1}}, id="aud an object"),
        pytest.param({"aud": []}, id="aud empty"),
        pytest.param({"sub": ["teacher-1"]}, id="sub a list"),
        pytest.param({"iss": [ISSUER]}, id="iss a list"),
    ],
)
def test_a_claim_of_the_wrong_kind_refuses_the_token(wrong: dict[str, object]) -> None:
    """A signed claim that can't be understood is not understood in the caller's favour."""
    with pytest.raises(TokenRefusedError) as refused:
        proven_by(**wrong)

    assert refused.value.reason is AuthReason.TOKEN_INVALID


def test_times_may_have_fractions() -> None:
    """RFC 7519 section 2, NumericDate."""
    principal = proven_by(exp=NOW_S + 0.5)

    assert principal.expires_at.timestamp() == NOW_S + 0.5
