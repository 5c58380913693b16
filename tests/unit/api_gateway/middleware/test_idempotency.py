"""Idempotency keys as values."""

import pytest

from api_gateway.middleware.idempotency import event_id_of, fingerprint_of, parse_key, scope_of, settles_request
from common.identity.principal import UserId

ANNA, BO = UserId("anna"), UserId("bo")


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ('"8e03978e"', "8e03978e"),
        ("k" * 255, "k" * 255),
        ("k" * 256, None),
        ("", None),
        ('""', None),
        ("two words", None),
        ("nyckel-å", None),
        ("a\tb", None),
    ],
)
def test_a_key_is_printable_ascii_of_bounded_length(raw: str, key: str | None) -> None:
    """Bare and quoted spellings are one key; what can't be kept safely is none."""
    assert parse_key(raw) == key


def test_scopes_part_users_routes_and_keys() -> None:
    """No choice of names makes two callers, or two routes, share a key."""
    scopes = {
        scope_of(ANNA, "/a", "k"),
        scope_of(BO, "/a", "k"),
        scope_of(ANNA, "/b", "k"),
        scope_of(ANNA, "/a", "l"),
        scope_of(UserId("anna/a"), "", "k"),
    }

    assert len(scopes) == 5


def test_fingerprints_part_paths_and_bodies() -> None:
    """The same body on another batch is another request."""
    assert fingerprint_of("POST", b"/b/1?", b"{}") != fingerprint_of("POST", b"/b/2?", b"{}")
    assert fingerprint_of("POST", b"/b/1?", b"{}") != fingerprint_of("POST", b"/b/1?", b"{ }")


def test_every_repeat_carries_the_same_event_id() -> None:
    """Consumers drop a repeat by its event id; another user's key never collides with it."""
    assert event_id_of(ANNA, "/a", "k") == event_id_of(ANNA, "/a", "k")
    assert event_id_of(ANNA, "/a", "k") != event_id_of(BO, "/a", "k")


@pytest.mark.parametrize(
    ("status", "kept"), [(202, True), (400, True), (404, False), (409, True), (429, False), (500, False), (503, False)]
)
def test_only_settled_answers_are_kept(status: int, *, kept: bool) -> None:
    """A limit, a failure of ours, or that a batch isn't known yet may be different next time."""
    assert settles_request(status) is kept
