"""The health of Redis, for the health routes."""

from common.redis_client import RedisClient, RedisPing
from common.web.serving.health import DependencyHealth

PROBE_WITHIN_S = 1.0


class RedisHealth:
    """Implements :class:`api_gateway.health.Probe`; without Redis limits are local, keys and tickets refused."""

    def __init__(self, redis: RedisClient) -> None:
        self._ping = RedisPing(redis, deadline_s=PROBE_WITHIN_S)

    async def health(self) -> DependencyHealth:
        """Ask Redis; never raises, takes a second at most."""
        return DependencyHealth("redis", healthy=await self._ping.answers())
