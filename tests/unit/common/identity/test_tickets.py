"""Tickets: what both services agree on."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.identity.principal import OrgId, Principal, TokenId, UserId
from common.identity.tickets import (
    TICKET_MAX_CHARACTERS,
    decode_principal,
    encode_principal,
    new_ticket,
    ticket_key,
    ticket_lifetime_s,
)
from tests.fakes.clock import DEFAULT_START

moments = st.floats(0, 253_402_300_799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
texts = st.text(min_size=1)


def teacher(*, left: timedelta) -> Principal:
    """Return a caller whose token has ``left`` to live."""
    expires_at = DEFAULT_START + left
    return Principal(
        user_id=UserId("anna"), issued_at=DEFAULT_START, expires_at=expires_at, token_id=TokenId("token-1")
    )


def test_a_ticket_is_long_random_and_safe_in_a_url() -> None:
    """256 bits of base64url: nothing to guess, nothing to escape."""
    ticket = new_ticket()

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", ticket)
    assert new_ticket() != ticket


def test_a_key_names_its_ticket_without_telling_it() -> None:
    """Who reads the keys of Redis can't connect with what is there."""
    ticket = new_ticket()

    key = ticket_key(ticket)

    assert ticket not in key
    assert re.fullmatch(r"feed:ticket:[0-9a-f]{64}", key)
    assert key == ticket_key(ticket) != ticket_key(new_ticket())


@pytest.mark.parametrize("text", ["", "x" * (TICKET_MAX_CHARACTERS + 1), "\ud800"], ids=["empty", "long", "surrogate"])
def test_what_can_be_no_ticket_has_no_key(text: str) -> None:
    """Redis isn't asked about it."""
    with pytest.raises(ValueError, match=r"not a ticket|surrogates not allowed"):
        ticket_key(text)


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (timedelta(hours=1), 30),
        (timedelta(seconds=30), 30),
        (timedelta(seconds=12, milliseconds=900), 12),
        (timedelta(milliseconds=999), 0),
        (timedelta(0), 0),
        (timedelta(seconds=-2), -2),
    ],
)
def test_a_ticket_lives_no_longer_than_its_token(left: timedelta, seconds: int) -> None:
    """Thirty seconds, or the whole seconds the token has left."""
    assert ticket_lifetime_s(teacher(left=left), now=DEFAULT_START) == seconds


@given(
    st.builds(
        Principal,
        user_id=texts.map(UserId),
        org_id=st.none() | texts.map(OrgId),
        roles=st.frozensets(texts),
        issued_at=st.none() | moments,
        expires_at=moments,
        token_id=texts.map(TokenId),
    )
)
def test_a_record_stands_for_its_principal_whole(principal: Principal) -> None:
    """What the feed reads is what the gateway verified."""
    assert decode_principal(encode_principal(principal)) == principal
