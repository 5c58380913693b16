"""How many connections one address may open."""

import pytest

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.web.middleware.client_address import TrustedProxies
from tests.fakes.clock import FakeClock
from websocket_service.live.handshake_guard import HandshakeGuard


def test_each_address_for_itself() -> None:
    """An address may come so often a second, whatever others do, and again in the next."""
    clock = FakeClock()
    guard = HandshakeGuard(frozenset(), 2, TrustedProxies(()), clock)
    guard.check_rate("a")
    guard.check_rate("a")

    with pytest.raises(HuleEduError) as one_too_many:
        guard.check_rate("a")
    guard.check_rate("b")
    clock.advance(1)
    guard.check_rate("a")

    assert one_too_many.value.error_code is ErrorCode.RATE_LIMIT
