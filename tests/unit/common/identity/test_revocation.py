"""Which tokens a revocation covers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import Revocation, encode_revocation, read_revocation

ISSUED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ANNA = Principal(
    user_id=UserId("anna"), issued_at=ISSUED, expires_at=ISSUED + timedelta(hours=1), token_id=TokenId("t1")
)


@pytest.mark.parametrize(
    ("payload", "covered"),
    [
        (b'{"user_id":"anna"}', True),
        (b'{"user_id":"anna","jti":null,"not_before":null}', True),
        (b'{"user_id":"bo"}', False),
        (b'{"user_id":"anna","jti":"t1"}', True),
        (b'{"user_id":"anna","jti":"t2"}', False),
        (b'{"user_id":"anna","not_before":1772438401}', True),
        (b'{"user_id":"anna","not_before":1772438400.9}', False),
        (b'{"user_id":"anna","jti":"t2","not_before":1772438401}', True),
        (b'{"user_id":"anna","jti":"t1","not_before":0}', True),
        (b'{"user_id":"anna","not_before":"1772438400"}', False),
        (b'{"user_id":"anna","not_before":"soon"}', True),
        (b'{"user_id":"anna","not_before":true}', True),
        (b'{"user_id":"anna","not_before":{"at":0}}', True),
    ],
)
def test_covered(payload: bytes, *, covered: bool) -> None:
    """By its id, by the moment it was issued, or with all of the user's, as when the moment can't be read."""
    revocation = read_revocation(payload)

    assert revocation is not None
    assert revocation.covers(ANNA) is covered


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"user_id":""}',
        b'{"user_id":7}',
        b'{"user_id":"a","jti":7}',
    ],
)
def test_unreadable(payload: bytes) -> None:
    """What isn't the contract's is nothing."""
    assert read_revocation(payload) is None


@pytest.mark.parametrize(
    "revocation",
    [
        Revocation(UserId("lärare-åsa")),
        Revocation(UserId("anna"), TokenId("sha256:00ff")),
        Revocation(UserId("anna"), not_before=1772438400.5),
    ],
    ids=["all", "one token", "a moment"],
)
def test_what_is_written_is_read(revocation: Revocation) -> None:
    """The gateway's announcement says to the feed what the gateway meant."""
    assert read_revocation(encode_revocation(revocation)) == revocation


def test_a_token_without_a_time_of_issue_is_older_than_any_moment() -> None:
    """The platform's tokens have no ``iat``."""
    assert Revocation(UserId("anna"), not_before=0.0).covers(replace(ANNA, issued_at=None))


def test_unknown_members() -> None:
    """A newer Identity may say more."""
    assert read_revocation(b'{"user_id":"anna","why":"logout"}') == Revocation(UserId("anna"))
