"""What makes a replica of the feed unready."""

from collections.abc import Sequence

import pytest

from common.clock import SystemClock
from common.identity.jwks import JwksKeys
from common.identity.jwks_http import fetch_over_http
from common.identity.keys import KeySource, StaticKeys, hmac_key
from tests.fakes.subscriptions import FakeSubscriptions
from websocket_service.health import FeedHealth
from websocket_service.metrics import LiveCounters

KEY = StaticKeys(hmac_key("k" * 32))
NO_KEY_YET = JwksKeys(fetch_over_http("http://127.0.0.1:1/jwks"), clock=SystemClock(), service="feed")


class Nobody:
    """Hears nothing."""

    def on_subscribed(self, channel: str) -> None:
        """Do nothing."""

    def on_message(self, channel: str, payload: bytes) -> None:
        """Do nothing."""


class Sound:
    """A Redis that answers and a consumer that consumes."""

    consuming = True

    async def answers(self) -> bool:
        """Return True."""
        return True


@pytest.mark.parametrize(
    ("connected", "keys", "reasons"),
    [
        (True, KEY, []),
        (False, KEY, ["redis_unavailable"]),
        (True, NO_KEY_YET, []),
        (False, NO_KEY_YET, ["redis_unavailable"]),
    ],
)
async def test_unready(*, connected: bool, keys: KeySource, reasons: Sequence[str]) -> None:
    """A replica is unready while it can't hear Redis; without a key it is ready, and says that it admits nobody."""
    subscriptions = FakeSubscriptions(Nobody())
    subscriptions.connected = connected

    health = FeedHealth(Sound(), subscriptions, Sound(), keys, LiveCounters())

    assert health.unready_reasons() == reasons
    assert health.connections()[0] is (connected and keys.ready)
    told = {each.name: each for each in await health.dependencies()}
    assert all(each.healthy for each in told.values() if each.required) is connected
    assert told["verification_keys"].healthy is keys.ready
