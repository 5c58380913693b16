"""The credential of a handshake."""

import pytest

from common.errors.exceptions import HuleEduError
from websocket_service.live.authentication import (
    Credential,
    HandshakeCredentials,
    TicketCredential,
    TokenCredential,
    select_subprotocol,
    single_credential,
)


@pytest.mark.parametrize(
    ("handshake", "credential"),
    [
        (HandshakeCredentials(["huleedu.v1", "bearer.abc"], [], []), TokenCredential("abc")),
        (HandshakeCredentials(["bearer.abc"], [], []), TokenCredential("abc")),
        (HandshakeCredentials([], ["abc"], []), TokenCredential("abc")),
        (HandshakeCredentials(["huleedu.v1"], ["abc"], [""]), TokenCredential("abc")),
        (HandshakeCredentials(["huleedu.v1"], [], ["abc"]), TicketCredential("abc")),
    ],
)
def test_exactly_one(handshake: HandshakeCredentials, credential: Credential) -> None:
    """A credential counts wherever it may stand."""
    assert single_credential(handshake) == credential


@pytest.mark.parametrize(
    ("handshake", "reason"),
    [
        (HandshakeCredentials([], [], []), "token_missing"),
        (HandshakeCredentials(["huleedu.v1", "bearer."], [""], [""]), "token_missing"),
        (HandshakeCredentials(["bearer.a", "bearer.a"], [], []), "token_invalid"),
        (HandshakeCredentials(["bearer.a"], ["a"], []), "token_invalid"),
        (HandshakeCredentials([], ["a", "a"], []), "token_invalid"),
        (HandshakeCredentials([], ["a"], ["b"]), "token_invalid"),
        (HandshakeCredentials([], [], ["a", "b"]), "token_invalid"),
    ],
)
def test_none_or_several(handshake: HandshakeCredentials, reason: str) -> None:
    """None is missing; which of several counts is not guessed, not even when they are the same."""
    with pytest.raises(HuleEduError) as refusal:
        single_credential(handshake)

    assert refusal.value.error_detail.details["reason"] == reason


def test_select_subprotocol() -> None:
    """The token's subprotocol is never selected."""
    assert select_subprotocol(["bearer.abc", "huleedu.v1"]) == "huleedu.v1"
    assert select_subprotocol(["bearer.abc", "graphql-ws"]) is None
