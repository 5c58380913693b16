"""Whether Redis answers, for the health routes."""

import asyncio

from common.redis_client import REDIS_FAILED, RedisClient
from common.web.serving.health import DependencyHealth

PROBE_WITHIN_S = 1.0


class RedisHealth:
    """Implements :class:`api_gateway.health.Probe`; without Redis limits are local, keys and tickets refused."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis

    async def health(self) -> DependencyHealth:
        """Ask Redis; never raises, takes a second at most."""
        try:
            async with asyncio.timeout(PROBE_WITHIN_S):
                await self._redis.ping()
        except REDIS_FAILED:
            return DependencyHealth("redis", healthy=False)
        return DependencyHealth("redis", healthy=True)
