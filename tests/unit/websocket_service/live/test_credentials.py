"""What proves who connects."""

import pytest

from common.errors.exceptions import HuleEduError
from websocket_service.live.authentication import (
    Credential,
    Shown,
    TicketCredential,
    TokenCredential,
    credential_of,
    selected_subprotocol,
)


@pytest.mark.parametrize(
    ("shown", "credential"),
    [
        (Shown(["huleedu.v1", "bearer.abc"], [], []), TokenCredential("abc")),
        (Shown(["bearer.abc"], [], []), TokenCredential("abc")),
        (Shown([], ["abc"], []), TokenCredential("abc")),
        (Shown(["huleedu.v1"], ["abc"], [""]), TokenCredential("abc")),
        (Shown(["huleedu.v1"], [], ["abc"]), TicketCredential("abc")),
    ],
)
def test_exactly_one(shown: Shown, credential: Credential) -> None:
    """A credential counts wherever it may be shown."""
    assert credential_of(shown) == credential


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (Shown([], [], []), "token_missing"),
        (Shown(["huleedu.v1", "bearer."], [""], [""]), "token_missing"),
        (Shown(["bearer.a", "bearer.a"], [], []), "token_invalid"),
        (Shown(["bearer.a"], ["a"], []), "token_invalid"),
        (Shown([], ["a", "a"], []), "token_invalid"),
        (Shown([], ["a"], ["b"]), "token_invalid"),
        (Shown([], [], ["a", "b"]), "token_invalid"),
    ],
)
def test_none_or_several(shown: Shown, reason: str) -> None:
    """None is missing; which of several counts is not guessed, not even when they are the same."""
    with pytest.raises(HuleEduError) as refusal:
        credential_of(shown)

    assert refusal.value.error_detail.details["reason"] == reason


def test_selected_subprotocol() -> None:
    """The token's subprotocol is never selected."""
    assert selected_subprotocol(["bearer.abc", "huleedu.v1"]) == "huleedu.v1"
    assert selected_subprotocol(["bearer.abc", "graphql-ws"]) is None
