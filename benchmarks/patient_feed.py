"""``python -m benchmarks.patient_feed``: the feed with more patience for Redis, for tools that slow it down.

Under callgrind on a busy machine the answers come too late for the feed's own deadlines, and a client that is sent away
costs something else than one that is let in.
"""

import sys
from collections.abc import Callable
from dataclasses import replace

from dishka import Provider, Scope, provide

from common.clock import LoopScheduler, Scheduler, Timer
from common.redis_client import RedisClient
from websocket_service.adapters.redis_leases import RedisLeases
from websocket_service.app import COMMAND, create_app
from websocket_service.protocol.limits import FeedLimits
from websocket_service.wiring import REDIS_TIMEOUT_S, make_container

PATIENCE = 100.0
"""How many times as long everything may take."""


class PatientScheduler(LoopScheduler):
    """The event loop, on which what is due later is due much later."""

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: object) -> Timer:
        """Have the event loop call ``callback`` with ``args`` in ``delay`` seconds and a multiple of them."""
        return super().call_later(delay * PATIENCE, callback, *args)


class PatientProvider(Provider):
    """Puts parts in the place of the feed's own that differ from them in patience alone."""

    scope = Scope.APP

    @provide(override=True)
    def scheduler(self) -> Scheduler:
        """Return the scheduler."""
        return PatientScheduler()

    @provide(override=True)
    def leases(self, redis: RedisClient, limits: FeedLimits) -> RedisLeases:
        """Return the users' places."""
        return RedisLeases(
            redis,
            places=limits.sockets_per_user,
            deadline_s=REDIS_TIMEOUT_S * PATIENCE,
            page_entries=limits.page_entries,
        )


main = replace(COMMAND, create_app=lambda settings: create_app(make_container(settings, PatientProvider())))

if __name__ == "__main__":
    sys.exit(main())
