"""A user's Redis names."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from common.identity.principal import UserId
from common.notification_log.keys import UserKeys, channel_of

EVENT = UUID("6f1c2b9e-1111-4222-8333-944445555666")
ANY_TEXT = st.text(st.characters(), min_size=1)


def names(user: str) -> list[str]:
    """Return the user's own keys."""
    keys = UserKeys.of(UserId(user))
    return [keys.state, keys.stream, keys.leases, keys.event(EVENT), keys.fingerprint("f")]


@given(ANY_TEXT)
def test_a_users_keys_share_one_slot(user: str) -> None:
    """Whatever a user id holds, a script finds all its keys on one node of a cluster."""
    assert len({key_slot(name.encode()) for name in names(user)}) == 1


@given(ANY_TEXT, ANY_TEXT)
def test_two_users_share_no_key(one: str, other: str) -> None:
    """No user id can be made to spell another's keys."""
    assert one == other or not set(names(one)) & set(names(other))


def test_the_channel_is_the_platforms() -> None:
    """Services publish to ``ws:<user>`` directly, so the channel isn't encoded."""
    assert channel_of(UserId("{åsa}"), prefix="ws") == "ws:{åsa}"


def test_nobody_has_no_keys() -> None:
    """An empty user id is a mistake that must not reach Redis."""
    with pytest.raises(ValueError, match="never empty"):
        UserKeys.of(UserId(""))
