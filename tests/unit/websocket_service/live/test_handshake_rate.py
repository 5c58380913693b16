"""How many connections one address may open."""

from tests.fakes.clock import FakeClock
from websocket_service.live.handshake_guard import AddressLimit


def test_each_address_for_itself() -> None:
    """An address may come so often a second, whatever others do, and again in the next."""
    clock = FakeClock()
    limit = AddressLimit(2, clock)

    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    assert limit.allows("b")
    clock.advance(1)
    assert limit.allows("a")
