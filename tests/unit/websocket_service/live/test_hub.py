"""Who is here."""

from common.identity.principal import UserId
from websocket_service.live.hub import Hub

ANNA = UserId("anna")
BO = UserId("bo")


def test_first_and_last() -> None:
    """The first to come and the last to go are told apart: a channel is subscribed exactly while it is needed."""
    hub = Hub[object]()
    one, two = object(), object()

    assert hub.join(ANNA, one)
    assert not hub.join(ANNA, two)
    assert hub.join(BO, object())
    assert not hub.leave(ANNA, one)
    assert hub.leave(ANNA, two)
    assert (hub.of(ANNA), len(hub)) == ((), 1)


def test_leaving_twice() -> None:
    """Leaving twice, or without having come, changes nothing and frees no channel a second time."""
    hub = Hub[object]()
    one = object()
    hub.join(ANNA, one)

    assert not hub.leave(ANNA, object())
    assert hub.leave(ANNA, one)
    assert not hub.leave(ANNA, one)
    assert len(hub) == 0


def test_members_of_a_user() -> None:
    """A user's members are theirs alone, in the order they came; leaving during a delivery doesn't disturb it."""
    hub = Hub[str]()
    hub.join(ANNA, "a1")
    hub.join(ANNA, "a2")
    hub.join(BO, "b1")

    seen = []
    for member in hub.of(ANNA):
        hub.leave(ANNA, member)
        seen.append(member)

    assert seen == ["a1", "a2"]
    assert hub.of(ANNA) == ()
    assert list(hub) == ["b1"]
