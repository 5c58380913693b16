"""``python -m benchmarks.patient_gateway``: the gateway with more patience for Redis, for tools that slow it down.

Under callgrind an answer seldom comes within the 50 ms that the gateway gives Redis, and what is then decided without
Redis is cheaper.
"""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace

from dishka import Provider, Scope, provide

from api_gateway.adapters.request_limits import LocalLimits, RedisLimits
from api_gateway.adapters.revoked_tokens import RevokedTokens
from api_gateway.app import COMMAND, create_app
from api_gateway.ports import RequestLimits
from api_gateway.settings import GatewaySettings
from api_gateway.wiring import make_container
from common.clock import Clock
from common.redis_client import make_redis

DECIDE_WITHIN_S = 10.0


class PatientProvider(Provider):
    """Puts limits in the place of the gateway's own that differ from them in patience alone."""

    scope = Scope.APP

    @provide(override=True)
    async def limits(
        self, settings: GatewaySettings, clock: Clock, revoked: RevokedTokens
    ) -> AsyncIterator[RequestLimits]:
        """Yield the limits."""
        redis = make_redis(settings.redis_url, settings.shared)
        try:
            yield RedisLimits(
                redis,
                fallback=LocalLimits(clock, revoked),
                revoked=revoked,
                clock=clock,
                degraded=_refuse,
                decide_within_s=DECIDE_WITHIN_S,
            )
        finally:
            await redis.aclose()


def _refuse() -> None:
    message = f"Redis took longer than {DECIDE_WITHIN_S:g} s"
    raise TimeoutError(message)


main = replace(COMMAND, create_app=lambda settings: create_app(make_container(settings, PatientProvider())))

if __name__ == "__main__":
    sys.exit(main())
